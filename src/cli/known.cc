#include "cli/known.h"

namespace tutela::cli {
namespace {

class KnownList final : public Known {
 public:
  KnownList(lists::ListIndex list, std::string name) : list_(std::move(list)), name_(std::move(name)) {}

  match::MatchAnswer find(std::span<const Fingerprint> queries) const override { return list_.index.find(queries); }
  std::string bank_name(const match::Match&) const override { return name_; }
  std::string entry_name(const match::Match& match) const override {
    return list_.names.at(static_cast<std::size_t>(lists::entry_number(match.entry)));
  }
  std::string digest() const override { return encode_hex(list_.digest); }
  bool has(const Algorithm& algorithm) const override { return list_.index.row_count(algorithm) > 0; }

 private:
  lists::ListIndex list_;
  std::string name_;
};

}  // namespace

Result<OpenedList> open_known_list(const std::filesystem::path& path, match::ListFormat format, int distance_bits_max) {
  TUTELA_ASSIGN(auto list, lists::load_list(path, format, distance_bits_max));
  const std::size_t refused = list.refused;
  return OpenedList{std::make_unique<KnownList>(std::move(list), path.filename().string()), refused};
}

}  // namespace tutela::cli
