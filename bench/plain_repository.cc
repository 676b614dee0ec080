#include "plain_repository.h"

#include <span>

#include "store/migrations.h"
#include "store/schema.h"

namespace tutela::bench {

Result<> create_plain_table(store::Store& store) {
  static constexpr store::Migration kStep{
      2,
      "CREATE TABLE plain (id BIGINT PRIMARY KEY, subject BLOB NOT NULL, content BLOB NOT NULL); "
      "CREATE INDEX plain_by_subject ON plain (subject, id)"};
  return store::migrate(store, std::span(&kStep, 1));
}

Result<> insert_plain(store::Transaction& tx, std::int64_t id, BytesView subject, const Bytes& content) {
  TUTELA_TRY(tx.execute("INSERT INTO plain (id, subject, content) VALUES ($1, $2, $3)", {id, subject, content}));
  return {};
}

}  // namespace tutela::bench
