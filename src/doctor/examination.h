#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "crypto/mac.h"
#include "crypto/signature.h"
#include "store/migrations.h"
#include "store/store.h"
#include "vault/key_store.h"
#include "vault/object_store.h"

// What a look at a whole node is given and what it finds. It changes nothing.
namespace tutela::doctor {

enum class Grade : std::uint8_t {
  damage,  // something is lost, changed or contradicts itself
  notice,  // worth knowing, and harmless
};
std::string_view to_word(Grade grade);

// What is the matter, for all rows of one place together. No content, no fingerprint, no identifier of a person: tables, columns,
// ids of records and counts only (I7).
struct Finding {
  Grade grade;
  Reason what;         // "doctor.unknown_word"
  std::string where;   // "report.state"
  std::string sample;  // the first record or two that show it; may be empty
  std::int64_t count = 1;
};

// What to do about a finding of this kind; empty when there is nothing to do.
std::string_view advice(std::string_view what);

class Findings {
 public:
  // Findings of one kind at one place are counted together.
  void add(Grade grade, Reason what, const std::string& where, const std::string& sample = {}, std::int64_t count = 1);
  void damage(Reason what, const std::string& where, const std::string& sample = {}, std::int64_t count = 1) {
    add(Grade::damage, what, where, sample, count);
  }
  // How much was looked at: "rows", "sealed fields", "objects", "ledger entries".
  void looked_at(std::string_view what, std::int64_t count) { looked_at_[std::string(what)] += count; }

  const std::vector<Finding>& all() const { return findings_; }
  const std::map<std::string, std::int64_t>& counts() const { return looked_at_; }
  std::int64_t damages() const;

 private:
  std::vector<Finding> findings_;
  std::map<std::string, std::int64_t> looked_at_;
};

enum class Depth : std::uint8_t {
  quick,  // structure, and a sample of what is sealed
  deep,   // all of it: what fsck is to a file system
};
// Of each kind of sealed field and of the objects, how many a quick look opens; drawn from all of them by a seed.
inline constexpr std::int64_t kSampleMax = 50;

// Everything outlives it.
struct Examination {
  store::Reader& reader;
  std::string_view backend;  // Store::backend()
  const vault::KeyStore& keys;
  const vault::ObjectStore& objects;
  std::filesystem::path objects_folder;
  std::span<const store::Migration> steps;  // of this release's schema
  Depth depth;
  Time now;
  SeededRandom& drawing;
  Findings& findings;
};

struct Check {
  std::string_view name;   // "rows.words"
  std::string_view about;  // a sentence for --help and the manual
  Result<> (*run)(Examination&);
};

// Every check, in the order they run: what others rest on comes first.
std::vector<Check> all_checks();

// Runs them all on one snapshot. Only what keeps it from looking at all is an error: what is wrong is a finding. A check that
// cannot go on is one as well ("doctor.check_failed").
struct Node {
  store::Store& store;
  const vault::KeyStore& keys;
  std::filesystem::path objects_folder;
  std::span<const store::Migration> steps;
};
Result<Findings> examine(const Node& node, Depth depth, Time now, std::uint64_t seed = 0);

}  // namespace tutela::doctor
