#include "cli/known.h"

namespace tutela::cli {
namespace {

class KnownList final : public Known {
 public:
  KnownList(lists::ListIndex list, std::string name, int distance_bits_max)
      : list_(std::move(list)), name_(std::move(name)), distance_bits_max_(distance_bits_max) {}

  Result<match::MatchAnswer> find(std::span<const Fingerprint> queries) const override { return list_.find(queries); }
  std::string bank_name(const match::Match&) const override { return name_; }
  std::string entry_name(const match::Match& match) const override { return list_.name_of(match.entry); }
  // The threshold decides what matches as much as the list does.
  std::string digest() const override { return encode_hex(list_.digest()) + "/" + std::to_string(distance_bits_max_); }
  bool has(const Algorithm& algorithm) const override { return list_.has(algorithm); }
  match::NotCompared not_compared() const override { return list_.not_compared(); }

 private:
  lists::ListIndex list_;
  std::string name_;
  int distance_bits_max_;
};

}  // namespace

Result<OpenedList> open_known_list(const std::filesystem::path& path, match::ListFormat format, int distance_bits_max) {
  TUTELA_ASSIGN(auto list, lists::ListIndex::load(path, format, distance_bits_max));
  const std::size_t refused = list.refused_lines();
  return OpenedList{std::make_unique<KnownList>(std::move(list), path.filename().string(), distance_bits_max), refused};
}

}  // namespace tutela::cli
