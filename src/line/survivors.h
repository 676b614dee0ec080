#pragma once

#include <functional>
#include <optional>
#include <string>

#include "line/context.h"
#include "line/record.h"
#include "retention/retention_repository.h"
#include "vault/key_store.h"

// What the destruction of a due class and the erasure of named records share: moving what survives to another class, and
// emptying what is left of an item.
namespace tutela::line {

// The subject of a class's entries in the ledger. It views into `class_name`.
About about_class(const std::string& class_name);
Bytes fresh_id(const Context& context);

// conflict, "retention.clock_unsettled".
Result<> check_clock(store::Reader& reader);
// What is asked of a row now, whatever its class, with the law's time for what was filed; and of the rows of a class.
Result<retention::ClassQuery> query_of_now(const Context& context);
Result<retention::ClassQuery> query_of(const Context& context, const vault::DestructionClass& destruction_class);

// The class that a row goes on in; nothing if it stays, to be destroyed.
using Destination =
    std::function<Result<std::optional<vault::DestructionClass>>(const retention::KeyedTable&, const retention::KeyedRow&)>;
struct Moved {
  std::int64_t kept = 0;
  std::int64_t left = 0;  // to be destroyed
};
// Every survivor of the class, in transactions of 500 rows. Returns how many.
// Cost  reads every table with keys of its own
Result<std::int64_t> move_survivors(const Context& context, const vault::DestructionClass& destroyed,
                                    const Destination& destination);
// The same in one transaction: for the last look.
Result<Moved> move_late_survivors(const Context& context, store::Transaction& tx, const vault::DestructionClass& destroyed,
                                  const Destination& destination);

// An item stays known by its fingerprints and its verdict, so that the same file is found again; its file is removed, and what
// was sealed about it is emptied under a new key, since what comes later must be sealed, too.
Result<> empty_item(const Context& context, const retention::ItemRemains& item);
// The same for every item that is left under a destroyed class.
Result<> empty_items(const Context& context, const vault::DestructionClass& destroyed);

}  // namespace tutela::line
