#include "app/known_node.h"

#include <map>

#include "line/bank_lists.h"
#include "line/banks.h"
#include "match/bank_repository.h"

namespace tutela::app {
namespace {

class KnownNode final : public cli::Known {
 public:
  KnownNode(std::unique_ptr<Node> node, std::map<BankId, std::string> names, std::string digest)
      : node_(std::move(node)),
        snapshot_(node_->context().banks.current()),
        names_(std::move(names)),
        digest_(std::move(digest)) {}

  match::MatchAnswer find(std::span<const Fingerprint> queries) const override { return snapshot_->index.find(queries); }
  std::string bank_name(const match::Match& match) const override { return names_.at(match.bank); }
  std::string entry_name(const match::Match& match) const override { return match.entry.to_string(); }
  std::string digest() const override { return digest_; }
  bool has(const Algorithm& algorithm) const override { return snapshot_->index.row_count(algorithm) > 0; }

 private:
  std::unique_ptr<Node> node_;
  std::shared_ptr<const line::BankIndex::Snapshot> snapshot_;
  std::map<BankId, std::string> names_;
  std::string digest_;
};

}  // namespace

Result<std::unique_ptr<cli::Known>> open_known_node(const DataFolder& folder) {
  TUTELA_ASSIGN(auto node, Node::open(folder, DecoderUse::none));
  const auto& context = node->context();
  TUTELA_TRY(context.banks.refresh(context.store));
  TUTELA_ASSIGN(const auto digest, line::digest_of_banks(context));
  std::map<BankId, std::string> names;
  TUTELA_TRY(context.store.read([&](store::Reader& reader) -> Result<> {
    TUTELA_ASSIGN(const auto banks, match::list_banks(reader));
    for (const auto& bank : banks) names.emplace(bank.id, bank.name);
    return {};
  }));
  return std::unique_ptr<cli::Known>(std::make_unique<KnownNode>(std::move(node), std::move(names), encode_hex(digest)));
}

}  // namespace tutela::app
