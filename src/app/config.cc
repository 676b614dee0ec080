#include "app/config.h"

#include <fmt/format.h>

#include <functional>
#include <vector>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "base/limits.h"
#include "line/witnessing.h"

namespace tutela::app {
namespace {

// One key of the file: how it is read from a node and how it is written.
struct Key {
  std::string_view section;
  std::string_view name;
  std::function<bool(Config&, const toml::node&)> read;
  std::function<std::string(const Config&)> write;
};

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

template <class Member>
Key text(std::string_view section, std::string_view name, Member member) {
  return {section, name,
          [member](Config& config, const toml::node& node) {
            const auto value = node.value_exact<std::string>();
            if (!value || value->size() > 1024) return false;
            member(config) = *value;
            return true;
          },
          [member](const Config& config) {
            Config copy = config;
            return quoted(member(copy));
          }};
}

template <class Member>
Key number(std::string_view section, std::string_view name, std::int64_t at_least, std::int64_t at_most, Member member) {
  return {section, name,
          [=](Config& config, const toml::node& node) {
            const auto value = node.value_exact<std::int64_t>();
            if (!value || *value < at_least || *value > at_most) return false;
            auto& target = member(config);
            target = std::remove_reference_t<decltype(target)>(static_cast<std::remove_reference_t<decltype(target)>>(*value));
            return true;
          },
          [member](const Config& config) {
            Config copy = config;
            if constexpr (requires { member(copy).count(); })
              return fmt::format("{}", member(copy).count());
            else
              return fmt::format("{}", member(copy));
          }};
}

// A list of texts, each as parse_witness takes it.
bool read_witnesses(Config& config, const toml::node& node) {
  const auto* list = node.as_array();
  if (list == nullptr || list->size() > limits::kCosignaturesMax) return false;
  for (const auto& one : *list) {
    const auto value = one.value_exact<std::string>();
    if (!value || !line::parse_witness(*value)) return false;
    config.ledger.witnesses.push_back(*value);
  }
  return true;
}

std::string write_witnesses(const Config& config) {
  std::string out = "[";
  for (const auto& one : config.ledger.witnesses) out += (out.size() == 1 ? "" : ", ") + quoted(one);
  return out + "]";
}

#define TUTELA_CONFIG(path) [](Config& config) -> auto& { return config.path; }

const std::vector<Key>& keys() {
  static const std::vector<Key> all = {
      text("listen", "address", TUTELA_CONFIG(listen.address)),
      number("listen", "public", 0, 65535, TUTELA_CONFIG(listen.public_port)),
      number("listen", "console", 0, 65535, TUTELA_CONFIG(listen.console_port)),
      number("listen", "portal", 0, 65535, TUTELA_CONFIG(listen.portal_port)),
      number("listen", "machine", 0, 65535, TUTELA_CONFIG(listen.machine_port)),
      number("listen", "metrics", 0, 65535, TUTELA_CONFIG(listen.metrics_port)),
      text("urls", "public", TUTELA_CONFIG(urls.public_door)),
      text("urls", "console", TUTELA_CONFIG(urls.console)),
      text("urls", "portal", TUTELA_CONFIG(urls.portal)),
      text("mail", "smtp", TUTELA_CONFIG(mail.smtp)),
      text("mail", "folder", TUTELA_CONFIG(mail.folder)),
      text("mail", "from", TUTELA_CONFIG(mail.from)),
      text("store", "postgresql", TUTELA_CONFIG(store.postgresql)),
      {"ledger", "witnesses", read_witnesses, write_witnesses},
      number("ledger", "witness_seconds", 1, 86'400, TUTELA_CONFIG(ledger.witness_every)),
      text("ledger", "time_stamp_url", TUTELA_CONFIG(ledger.time_stamp_url)),
      text("ledger", "time_stamp_roots", TUTELA_CONFIG(ledger.time_stamp_roots)),
      number("ledger", "time_stamp_seconds", 60, 31'536'000, TUTELA_CONFIG(ledger.time_stamp_every)),
      {"keys", "command",
       [](Config& config, const toml::node& node) {
         const auto* words = node.as_array();
         if (words == nullptr || words->size() > 16) return false;
         config.keys.command.clear();
         for (const auto& word : *words) {
           const auto value = word.value_exact<std::string>();
           if (!value || value->empty() || value->size() > 1024) return false;
           config.keys.command.push_back(*value);
         }
         return config.keys.command.empty() || config.keys.command.front().front() == '/';
       },
       [](const Config& config) {
         std::string out = "[";
         for (const auto& word : config.keys.command) out += (out.size() > 1 ? ", " : "") + quoted(word);
         return out + "]";
       }},
      number("match", "lease_ms", 500, 60'000, TUTELA_CONFIG(match.lease)),
      text("decoder", "program", TUTELA_CONFIG(decoder.program)),
      {"decoder", "allow_unsandboxed",
       [](Config& config, const toml::node& node) {
         const auto value = node.value_exact<bool>();
         if (value) config.decoder.allow_unsandboxed = *value;
         return value.has_value();
       },
       [](const Config& config) { return std::string(config.decoder.allow_unsandboxed ? "true" : "false"); }},
      text("decoder", "pdq_kernel", TUTELA_CONFIG(decoder.pdq_kernel)),
      number("review", "exposure_seconds_max", 10, 86'400, TUTELA_CONFIG(review.exposure_max)),
      number("review", "exposure_weight_max", 1, 100'000, TUTELA_CONFIG(review.weight_max)),
      number("review", "shift_hours", 1, 24, TUTELA_CONFIG(review.shift)),
      number("clocks", "urgent_confirm_hours", 1, 24, TUTELA_CONFIG(clocks.urgent_confirm)),
      number("clocks", "notice_answer_hours", 1, 720, TUTELA_CONFIG(clocks.notice_answer)),
      number("clocks", "recheck_seconds", 1, 604'800, TUTELA_CONFIG(clocks.recheck)),
      number("clocks", "outbox_first_seconds", 1, 3'600, TUTELA_CONFIG(clocks.outbox_first)),
      number("clocks", "answers_poll_seconds", 1, 3'600, TUTELA_CONFIG(clocks.answers_poll)),
      text("console", "files", TUTELA_CONFIG(console_files)),
  };
  return all;
}

#undef TUTELA_CONFIG

}  // namespace

Result<Config> parse_config(std::string_view source) {
  const toml::parse_result parsed = toml::parse(source);
  if (!parsed)
    return fail(ErrorCode::invalid, "config.malformed",
                fmt::format("line {}, column {}", parsed.error().source().begin.line, parsed.error().source().begin.column));
  Config config;
  for (const auto& [section, content] : parsed.table()) {
    const auto* table = content.as_table();
    if (table == nullptr) return fail(ErrorCode::invalid, "config.unknown_key", std::string(section.str()));
    for (const auto& [name, node] : *table) {
      const std::string place = fmt::format("{}.{}", section.str(), name.str());
      const Key* found = nullptr;
      for (const auto& key : keys())
        if (key.section == section.str() && key.name == name.str()) found = &key;
      if (found == nullptr) return fail(ErrorCode::invalid, "config.unknown_key", place);
      if (!found->read(config, node)) return fail(ErrorCode::invalid, "config.bad_value", place);
    }
  }
  return config;
}

std::string config_text(const Config& config) {
  std::string out = "# Tutela's settings for this data folder. Every key has a default; an unknown one is refused.\n";
  std::string_view section;
  for (const auto& key : keys()) {
    if (key.section != section) out += fmt::format("\n[{}]\n", section = key.section);
    out += fmt::format("{} = {}\n", key.name, key.write(config));
  }
  return out;
}

}  // namespace tutela::app
