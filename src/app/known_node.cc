#include "app/known_node.h"

#include <map>
#include <mutex>
#include <set>

#include "line/bank_lists.h"
#include "line/banks.h"
#include "line/matching.h"
#include "match/bank_repository.h"

namespace tutela::app {
namespace {

class KnownNode final : public cli::Known {
 public:
  struct Facts {
    std::map<BankId, std::string> names;
    std::set<std::string> algorithms;
    match::NotCompared not_compared;
    crypto::Sha256 digest{};
    std::string command;
  };
  KnownNode(std::unique_ptr<Node> node, Facts facts) : node_(std::move(node)), facts_(std::move(facts)) {}

  Result<match::MatchAnswer> find(std::span<const Fingerprint> queries) const override {
    TUTELA_TRY(record_before_the_first());
    TUTELA_ASSIGN(auto found, node_->context().banks.find(queries));
    // Half an answer would look like a whole one in a result that nobody asks again.
    if (!found.is_complete) return fail(ErrorCode::unavailable, "match.wide_busy");
    return std::move(found.answer);
  }
  std::string bank_name(const match::Match& match) const override { return facts_.names.at(match.bank); }
  std::string entry_name(const match::Match& match) const override { return match.entry.to_string(); }
  std::string digest() const override { return encode_hex(facts_.digest); }
  bool has(const Algorithm& algorithm) const override { return facts_.algorithms.contains(std::string(algorithm.word())); }
  match::NotCompared not_compared() const override { return facts_.not_compared; }

 private:
  // Once, and numbered, before anything is answered; where that fails nothing is.
  Result<> record_before_the_first() const {
    const std::lock_guard lock(mutex_);
    if (is_recorded_) return {};
    TUTELA_TRY(line::record_questions_here(node_->context(), facts_.command, facts_.digest));
    TUTELA_TRY(node_->sequence());
    is_recorded_ = true;
    return {};
  }

  std::unique_ptr<Node> node_;
  Facts facts_;
  mutable std::mutex mutex_;
  mutable bool is_recorded_ = false;  // guarded by mutex_
};

}  // namespace

Result<std::unique_ptr<cli::Known>> open_known_node(const DataFolder& folder, const std::string& command) {
  TUTELA_ASSIGN(auto node, Node::open(folder, DecoderUse::none));
  const auto& context = node->context();
  TUTELA_TRY(context.banks.refresh(context.store));
  TUTELA_ASSIGN(const auto digest, line::digest_of_banks(context));
  KnownNode::Facts facts;
  TUTELA_TRY(context.store.read([&](store::Reader& reader) -> Result<> {
    facts = {.digest = digest, .command = command};
    TUTELA_ASSIGN(const auto banks, match::list_banks(reader));
    for (const auto& bank : banks) {
      facts.names.emplace(bank.id, bank.name);
      TUTELA_ASSIGN(auto words, match::algorithms_of_bank(reader, bank.id));
      facts.algorithms.insert(words.begin(), words.end());
      TUTELA_ASSIGN(const auto not_compared, match::not_compared_in_bank(reader, bank.id));
      facts.not_compared.quality_below_50 += not_compared.quality_below_50;
      facts.not_compared.algorithm_carried_only += not_compared.algorithm_carried_only;
    }
    return {};
  }));
  return std::unique_ptr<cli::Known>(std::make_unique<KnownNode>(std::move(node), std::move(facts)));
}

}  // namespace tutela::app
