#include "app/known_node.h"

#include <map>
#include <set>

#include "line/bank_lists.h"
#include "line/banks.h"
#include "match/bank_repository.h"

namespace tutela::app {
namespace {

class KnownNode final : public cli::Known {
 public:
  KnownNode(std::unique_ptr<Node> node, std::map<BankId, std::string> names, std::set<std::string> algorithms, std::string digest)
      : node_(std::move(node)), names_(std::move(names)), algorithms_(std::move(algorithms)), digest_(std::move(digest)) {}

  Result<match::MatchAnswer> find(std::span<const Fingerprint> queries) const override {
    TUTELA_ASSIGN(auto found, node_->context().banks.find(queries));
    return std::move(found.answer);
  }
  std::string bank_name(const match::Match& match) const override { return names_.at(match.bank); }
  std::string entry_name(const match::Match& match) const override { return match.entry.to_string(); }
  std::string digest() const override { return digest_; }
  bool has(const Algorithm& algorithm) const override { return algorithms_.contains(std::string(algorithm.word())); }

 private:
  std::unique_ptr<Node> node_;
  std::map<BankId, std::string> names_;
  std::set<std::string> algorithms_;
  std::string digest_;
};

}  // namespace

Result<std::unique_ptr<cli::Known>> open_known_node(const DataFolder& folder) {
  TUTELA_ASSIGN(auto node, Node::open(folder, DecoderUse::none));
  const auto& context = node->context();
  TUTELA_TRY(context.banks.refresh(context.store));
  TUTELA_ASSIGN(const auto digest, line::digest_of_banks(context));
  std::map<BankId, std::string> names;
  std::set<std::string> algorithms;
  TUTELA_TRY(context.store.read([&](store::Reader& reader) -> Result<> {
    TUTELA_ASSIGN(const auto banks, match::list_banks(reader));
    for (const auto& bank : banks) {
      names.emplace(bank.id, bank.name);
      TUTELA_ASSIGN(auto words, match::algorithms_of_bank(reader, bank.id));
      algorithms.insert(words.begin(), words.end());
    }
    return {};
  }));
  return std::unique_ptr<cli::Known>(
      std::make_unique<KnownNode>(std::move(node), std::move(names), std::move(algorithms), encode_hex(digest)));
}

}  // namespace tutela::app
