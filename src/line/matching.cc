#include "line/matching.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crypto/digest.h"
#include "line/answer_counts.h"
#include "line/banks.h"
#include "line/item_floods.h"
#include "line/record.h"
#include "line/routing.h"
#include "match/match_answer_repository.h"
#include "review/item_repository.h"
#include "review/item_state.h"
#include "review/review_repository.h"
#include "review/verdict.h"

namespace tutela::line {
namespace {

// An entry of the ledger names so many of the bank entries that matched; how many there were stands beside them.
constexpr std::size_t kEntriesNamedMax = 50;

Result<std::vector<Fingerprint>> fingerprints_from(const std::vector<review::FingerprintRow>& rows) {
  std::vector<Fingerprint> fingerprints;
  for (const auto& row : rows) {
    TUTELA_ASSIGN(auto algorithm, Algorithm::parse(row.algorithm));
    TUTELA_ASSIGN(auto fingerprint, Fingerprint::make(std::move(algorithm), row.value, row.quality));
    fingerprints.push_back(std::move(fingerprint));
  }
  return fingerprints;
}

// What counts for this item: entries as they stand in this transaction, and an item's own are no news to it.
Result<> keep_what_counts(store::Reader& reader, const ItemId& item, match::MatchAnswer& answer) {
  std::vector<match::Match> kept;
  for (auto& match : answer.matches) {
    TUTELA_ASSIGN(const auto entry, match::find_entry(reader, match.entry));
    if (entry.status == "withdrawn" || entry.item_id == item) continue;
    TUTELA_ASSIGN(match.status, match::parse_entry_status(entry.status));
    kept.push_back(std::move(match));
  }
  answer.matches = std::move(kept);
  return {};
}

Result<> move(review::ItemRow& item, review::ItemState to) {
  TUTELA_ASSIGN(const auto from, review::parse_item_state(item.state));
  if (from == to) return {};
  TUTELA_TRY(review::check_transition(from, to));
  item.state = review::to_word(to);
  return {};
}

Result<> inherit(const Context& context, store::Transaction& tx, review::ItemRow& item, const match::FinalEntryReference& entry) {
  const Time now = context.clock.now();
  const review::InheritedVerdict verdict(item.id, entry, now);
  TUTELA_TRY(review::insert_verdict(tx, review::to_row(verdict, VerdictId::make(now, context.random))));
  TUTELA_TRY(record(context, tx, "verdict.inherited", About("item", item.id), Actor::node(),
                    {{"entry", entry.entry().to_string()},
                     {"act", to_word(entry.act())},
                     {"age_band", to_word(entry.age_band())},
                     {"viewed_here", false}}));
  TUTELA_ASSIGN(const auto row, match::find_entry(tx, entry.entry()));
  if (!row.adopted_first) return fail(ErrorCode::internal, "bank.not_adopted");
  return carry_out_verdict(context, tx, item, {entry.act(), entry.age_band()}, *row.adopted_first, Actor::node());
}

// Each entry and algorithm once, the nearest.
void merge_matches(std::vector<match::Match>& matches, const std::vector<match::Match>& others) {
  for (const auto& other : others) {
    const auto same = std::ranges::find_if(
        matches, [&](const auto& match) { return match.entry == other.entry && match.algorithm == other.algorithm; });
    if (same == matches.end()) {
      matches.push_back(other);
    } else if (other.distance_bits < same->distance_bits) {
      *same = other;
    }
  }
  match::sort_matches(matches);
}

// What matches too often stands in one stack of the queue, and the bank's record says that it began.
Result<> put_into_stack(const Context& context, store::Transaction& tx, review::ItemRow& item,
                        const std::vector<match::Match>& matches) {
  const auto seen = context.floods.look(matches, context.clock.now());
  const bool stays = item.stack_entry && std::ranges::find(matches, *item.stack_entry, &match::Match::entry) != matches.end();
  if (!stays) item.stack_entry = seen.stack;
  for (const auto& match : seen.alarms)
    TUTELA_TRY(record(context, tx, "match.flood_suspected", About("bank", match.bank), Actor::node(),
                      {{"entry", match.entry.to_string()}, {"matches", context.floods.matches_max()}}));
  return {};
}

}  // namespace

namespace {

Result<> keep_matches(store::Transaction& tx, const ItemId& id, const match::MatchAnswer& answer, Time now,
                      const std::vector<review::ItemMatchRow>& before) {
  for (const auto& match : answer.matches) {
    const std::string algorithm(match.algorithm.word());
    if (std::ranges::any_of(before, [&](const auto& row) { return row.entry_id == match.entry && row.algorithm == algorithm; }))
      continue;
    TUTELA_TRY(review::insert_match(tx, id, {match.entry, algorithm, match.distance_bits, match.threshold_bits, match.why, now}));
  }
  return {};
}

Result<> record_matching(const Context& context, store::Transaction& tx, const ItemId& id,
                         const match_engine::EngineAnswer& found) {
  nlohmann::json entries = nlohmann::json::array();
  for (const auto& match : found.answer.matches)
    if (entries.size() < kEntriesNamedMax) entries.push_back(match.entry.to_string());
  return record(context, tx, "item.matched", About("item", id), Actor::node(),
                {{"hits", found.answer.matches.size()}, {"entries", entries}, {"generation", found.generation}});
}

Result<match_engine::EngineAnswer> find_without_waiting(const Context& context, const std::vector<Fingerprint>& fingerprints) {
  return context.banks.find(fingerprints, match_engine::BankChoice::all(), match_engine::WideBanks::left_out);
}

enum class Deciding : std::uint8_t { nobody, members };

// What the item becomes by it. Where members decide, its state is theirs.
Result<> apply(const match::ItemDisposition& disposition, Deciding deciding, review::ItemRow& item) {
  item.is_new = disposition.is_new();
  // Whatever else is known of it comes first: a safe entry beside a hold lowers nothing.
  item.is_safe = disposition.kind == match::DispositionKind::annotate_safe;
  switch (disposition.kind) {
    case match::DispositionKind::block_inherited:
      TUTELA_TRY(move(item, review::ItemState::final));
      item.action = "block";
      item.due_at.reset();
      break;
    case match::DispositionKind::hold:
      if (deciding == Deciding::nobody) TUTELA_TRY(move(item, review::ItemState::matched));
      item.action = "hold";
      break;
    case match::DispositionKind::ask_member:
    case match::DispositionKind::annotate_safe:
    case match::DispositionKind::new_item:
      if (deciding == Deciding::nobody) TUTELA_TRY(move(item, review::ItemState::queued));
      item.action = "none";
      break;
  }
  return {};
}

// Once the item's row is as the match made it: what else follows from it.
Result<> follow_up(const Context& context, store::Transaction& tx, const review::ItemRow& item, const std::string& action_before,
                   const match::ItemDisposition& disposition) {
  if (item.action != action_before) {
    nlohmann::json facts = {{"action", item.action}, {"why", match::to_word(disposition.kind)}};
    if (disposition.entry) facts["entry"] = disposition.entry->to_string();
    TUTELA_TRY(record(context, tx, "item.action", About("item", item.id), Actor::node(), facts));
  }
  if (disposition.kind != match::DispositionKind::block_inherited) return {};
  TUTELA_ASSIGN(auto current, review::find_item(tx, item.id));
  return inherit(context, tx, current, *disposition.inherited);
}

}  // namespace

Result<AskedBefore> ask_before(const Context& context, const std::vector<Fingerprint>& fingerprints,
                               const std::optional<decode::QueryForm>& form) {
  AskedBefore asked;
  const auto ask = [&](const std::vector<Fingerprint>& questions) -> Result<match::MatchAnswer> {
    TUTELA_ASSIGN(auto found, context.banks.find(questions));
    asked.is_complete = asked.is_complete && found.is_complete;
    return std::move(found.answer);
  };
  if (context.banks.has_wide_banks()) {
    TUTELA_ASSIGN(const auto found, ask(fingerprints));
    merge_matches(asked.matches, found.matches);
  }
  if (form) {
    TUTELA_ASSIGN(auto found, ask(form->fingerprints));
    for (auto& match : found.matches) match.why += fmt::format(", {}", form->word);
    merge_matches(asked.matches, found.matches);
  }
  return asked;
}

Result<std::vector<match::Match>> match_item(const Context& context, store::Transaction& tx, const ItemId& id,
                                             const std::vector<match::Match>& besides) {
  TUTELA_ASSIGN(const auto rows, review::fingerprints_of_item(tx, id));
  TUTELA_ASSIGN(const auto fingerprints, fingerprints_from(rows));
  TUTELA_ASSIGN(auto found, find_without_waiting(context, fingerprints));
  auto& answer = found.answer;
  merge_matches(answer.matches, besides);
  TUTELA_TRY(keep_what_counts(tx, id, answer));
  TUTELA_ASSIGN(const auto earlier, stored_matches(context, tx, id));
  merge_matches(answer.matches, earlier);

  TUTELA_ASSIGN(auto item, review::find_item(tx, id));
  TUTELA_ASSIGN(const auto before, review::matches_of_item(tx, id));
  TUTELA_TRY(keep_matches(tx, id, answer, context.clock.now(), before));
  TUTELA_TRY(record_matching(context, tx, id, found));

  TUTELA_ASSIGN(const auto state, review::parse_item_state(item.state));
  if (state == review::ItemState::upheld || state == review::ItemState::dismissed || state == review::ItemState::final)
    return answer.matches;
  auto disposition = match::decide_disposition(answer);
  const bool members_decide = state == review::ItemState::in_review || state == review::ItemState::needs_second;
  // Members who have begun are not overtaken by a machine: what could be inherited is held until they are done.
  if (members_decide && disposition.kind == match::DispositionKind::block_inherited)
    disposition.kind = match::DispositionKind::hold;
  const std::string action_before = item.action;
  TUTELA_TRY(apply(disposition, members_decide ? Deciding::members : Deciding::nobody, item));
  if (disposition.kind != match::DispositionKind::block_inherited) TUTELA_TRY(put_into_stack(context, tx, item, answer.matches));
  TUTELA_TRY(review::update_item(tx, item));
  TUTELA_TRY(follow_up(context, tx, item, action_before, disposition));
  return answer.matches;
}

Result<std::vector<match::Match>> insert_matched_item(const Context& context, store::Transaction& tx, review::ItemRow& item,
                                                      const ItemQuestion& question) {
  TUTELA_ASSIGN(auto found, find_without_waiting(context, question.fingerprints));
  auto& answer = found.answer;
  merge_matches(answer.matches, question.besides);
  TUTELA_TRY(keep_what_counts(tx, item.id, answer));
  const auto disposition = match::decide_disposition(answer);
  const std::string action_before = item.action;
  TUTELA_TRY(apply(disposition, Deciding::nobody, item));
  if (disposition.kind != match::DispositionKind::block_inherited) TUTELA_TRY(put_into_stack(context, tx, item, answer.matches));
  TUTELA_TRY(review::insert_item(tx, item));
  TUTELA_TRY(keep_matches(tx, item.id, answer, context.clock.now(), {}));
  TUTELA_TRY(record_matching(context, tx, item.id, found));
  TUTELA_TRY(follow_up(context, tx, item, action_before, disposition));
  if (disposition.kind == match::DispositionKind::block_inherited) {
    TUTELA_ASSIGN(item, review::find_item(tx, item.id));
  }
  return std::move(answer.matches);
}

namespace {

constexpr std::int64_t kItemsAtOnce = 256;

// What of this the item has not been told.
Result<bool> has_news(store::Reader& reader, const ItemId& item, match::MatchAnswer found) {
  TUTELA_TRY(keep_what_counts(reader, item, found));
  TUTELA_ASSIGN(const auto before, review::matches_of_item(reader, item));
  return std::ranges::any_of(found.matches, [&](const auto& match) {
    return std::ranges::none_of(
        before, [&](const auto& row) { return row.entry_id == match.entry && row.algorithm == match.algorithm.word(); });
  });
}

struct Found {
  ItemId item;
  match::MatchAnswer answer;
};

// Asked again in the deciding transaction: somebody else may have been first.
Result<bool> compare_again(const Context& context, const Found& found) {
  std::vector<match::Match> matches;
  bool is_news = false;
  TUTELA_TRY(context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(is_news, has_news(tx, found.item, found.answer));
    if (!is_news) return {};
    TUTELA_ASSIGN(matches, match_item(context, tx, found.item, found.answer.matches));
    return {};
  }));
  if (is_news) context.floods.count(matches, context.clock.now());
  return is_news;
}

// Nothing is held open while the banks are asked: those above 31 bits may take their time.
Result<std::vector<Found>> ask_banks(const Context& context, const std::vector<review::UndecidedItem>& items, bool& is_complete) {
  std::vector<Found> all;
  for (const auto& item : items) {
    TUTELA_ASSIGN(const auto fingerprints, fingerprints_from(item.fingerprints));
    TUTELA_ASSIGN(auto found, context.banks.find(fingerprints));
    is_complete = is_complete && found.is_complete;
    if (!found.answer.matches.empty()) all.push_back({item.id, std::move(found.answer)});
  }
  return all;
}

}  // namespace

Result<ItemsCompared> compare_undecided_items(const Context& context) {
  using review::ItemState;
  ItemsCompared compared;
  std::optional<Error> failed;
  for (const ItemState state :
       {ItemState::unknown, ItemState::queued, ItemState::matched, ItemState::in_review, ItemState::needs_second}) {
    const std::string word(review::to_word(state));
    std::optional<review::UndecidedItem> after;
    for (;;) {
      TUTELA_ASSIGN(const auto items, in_snapshot<std::vector<review::UndecidedItem>>(context.store, [&](store::Reader& reader) {
                      return review::list_undecided(reader, word, after, kItemsAtOnce);
                    }));
      if (!items.empty()) after = items.back();
      TUTELA_ASSIGN(auto found, ask_banks(context, items, compared.is_complete));
      TUTELA_TRY(context.store.read([&](store::Reader& reader) -> Result<> {
        std::vector<Found> news;
        for (const auto& one : found) {
          TUTELA_ASSIGN(const bool is_news, has_news(reader, one.item, one.answer));
          if (is_news) news.push_back(one);
        }
        found = std::move(news);
        return {};
      }));
      for (const auto& one : found) {
        const auto again = compare_again(context, one);
        if (again && *again) ++compared.matched;
        // One that fails keeps no other from its match.
        if (!again) failed = again.error();
      }
      if (items.size() < static_cast<std::size_t>(kItemsAtOnce)) break;
    }
  }
  if (failed) return std::unexpected(*std::move(failed));
  return compared;
}

Result<std::vector<match::Match>> stored_matches(const Context&, store::Reader& reader, const ItemId& item) {
  std::vector<match::Match> matches;
  TUTELA_ASSIGN(const auto rows, review::matches_of_item(reader, item));
  for (const auto& row : rows) {
    TUTELA_ASSIGN(const auto entry, match::find_entry(reader, row.entry_id));
    if (entry.status == "withdrawn") continue;
    TUTELA_ASSIGN(const auto bank, match::find_bank(reader, entry.bank_id));
    if (row.distance > bank.threshold) continue;
    TUTELA_ASSIGN(auto algorithm, Algorithm::parse(row.algorithm));
    TUTELA_ASSIGN(const auto purpose, match::parse_bank_purpose(bank.purpose));
    TUTELA_ASSIGN(const auto status, match::parse_entry_status(entry.status));
    TUTELA_ASSIGN(const auto act, parse_act(entry.act));
    TUTELA_ASSIGN(const auto age_band, parse_age_band(entry.age_band));
    const bool adopted = entry.adopted_first && entry.adopted_second;
    matches.push_back({bank.id, entry.id, std::move(algorithm), static_cast<int>(row.distance), static_cast<int>(row.threshold),
                       row.why, purpose, status, adopted ? match::EntrySource::final_verdict_adopted : match::EntrySource::listed,
                       act, age_band});
  }
  match::sort_matches(matches);
  return matches;
}

std::string_view effect_of(const match::Match& match) {
  switch (match::decide_disposition({{match}}).kind) {
    case match::DispositionKind::block_inherited:
      return "inherits";
    case match::DispositionKind::hold:
      return "holds";
    case match::DispositionKind::ask_member:
      return "asks";
    case match::DispositionKind::annotate_safe:
    case match::DispositionKind::new_item:
      return "annotates";
  }
  return "asks";
}

namespace {

Result<match_engine::BankChoice> banks_named(const Context& context, const std::vector<std::string>& names) {
  if (names.empty()) return match_engine::BankChoice::all();
  if (names.size() > kBanksAskedMax)
    return fail(ErrorCode::invalid, "match.too_many_banks", "at most " + std::to_string(kBanksAskedMax));
  std::vector<BankId> banks;
  TUTELA_TRY(context.store.read([&](store::Reader& reader) -> Result<> {
    banks.clear();
    for (const auto& name : names) {
      TUTELA_ASSIGN(const auto bank, match::find_bank_by_name(reader, name));
      if (!bank) return fail(ErrorCode::invalid, "bank.unknown", "field banks");
      banks.push_back(bank->id);
    }
    return {};
  }));
  return match_engine::BankChoice::only(std::move(banks));
}

}  // namespace

Result<match_engine::EngineAnswers> answer_match(const Context& context, const CheckedToken& caller,
                                                 const std::vector<Fingerprint>& questions,
                                                 const std::vector<std::string>& bank_names) {
  TUTELA_TRY(context.banks.refresh(context.store));
  TUTELA_ASSIGN(const auto banks, banks_named(context, bank_names));
  TUTELA_ASSIGN(auto found, context.banks.find_each(questions, banks));
  std::int64_t hits = 0;
  Bytes asked;
  for (const auto& answer : found.answers) hits += answer.matches.empty() ? 0 : 1;
  for (const auto& question : questions) {
    append_prefixed(asked, as_bytes(question.algorithm().word()));
    append_prefixed(asked, question.reveal_value());
  }
  const auto digest = crypto::sha256(asked);
  TUTELA_TRY(
      context.answers.count(context.store, context.clock, caller.id, static_cast<std::int64_t>(questions.size()), hits, digest));
  return found;
}

namespace {

// How long after a minute's end the record waits for processes that have not said what they answered in it.
constexpr std::int64_t kMinutesOfGrace = 2;

}  // namespace

Result<std::size_t> record_match_minutes(const Context& context) {
  TUTELA_TRY(context.answers.settle(context.store, context.clock, AnswerCounts::Settling::minutes_that_are_over));
  const std::int64_t minute = to_unix_ms(context.clock.now()) / 60'000;
  std::size_t recorded = 0;
  TUTELA_TRY(context.store.write([&](store::Transaction& tx) -> Result<> {
    recorded = 0;
    TUTELA_ASSIGN(const auto rows, match::unrecorded_minutes(tx, minute));
    for (const auto& row : rows) {
      const bool is_exact = row.queries == row.queries_max;
      if (!is_exact && row.minute + kMinutesOfGrace >= minute) continue;
      nlohmann::json facts = {
          {"minute", row.minute}, {"queries", row.queries}, {"hits", row.hits}, {"digest", encode_hex(row.digest)}};
      if (!is_exact) facts["queries_max"] = row.queries_max;
      TUTELA_TRY(record(context, tx, "match.answered", About("token", row.token_id), Actor::token(row.token_id), facts));
      TUTELA_TRY(match::mark_recorded(tx, row));
      ++recorded;
    }
    return {};
  }));
  return recorded;
}

Result<> record_questions_here(const Context& context, std::string_view command, const crypto::Sha256& banks) {
  return context.store.write([&](store::Transaction& tx) {
    return record(context, tx, "match.asked_here", About::node(), Actor::node(),
                  {{"command", command}, {"banks", encode_hex(banks)}});
  });
}

Result<> settle_match_answers(const Context& context) {
  return context.answers.settle(context.store, context.clock, AnswerCounts::Settling::all);
}

}  // namespace tutela::line
