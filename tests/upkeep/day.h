#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/line_node.h"

// Path B of the rehearsal on one machine: a platform's upload, two members' assessments, the verdict and its entry, the same
// picture held, the referral to another node over loopback, the notice by mail, a withdrawal. What was acknowledged is told as it
// happens, so that whoever kills the node can look for it afterwards.
namespace tutela::test {

// A node made and staffed once; days are lived on copies of it.
class Template {
 public:
  Template();

  // A copy of the folder; the node in it is opened with it.
  void copy_to(const std::filesystem::path& folder) const;
  // A process that starts after another one draws other random numbers: with another `seed`.
  std::unique_ptr<LineNode> open(const std::filesystem::path& folder, std::uint64_t seed = 2) const;
  NodeOptions options(const std::filesystem::path& folder, std::uint64_t seed) const;

  LineNode& authority() { return *authority_; }
  const Bytes& file() const { return file_; }
  const Bytes& near_copy() const { return near_copy_; }
  const Bytes& at_a_host() const { return at_a_host_; }
  line::SignedIn member(LineNode& node, const std::string& login) const;

 private:
  TempFolder folder_;
  std::unique_ptr<LineNode> authority_;
  std::optional<TokenId> machine_;
  std::map<std::string, std::string> sessions_;  // login to session token
  Bytes file_, near_copy_, at_a_host_;
  std::map<Bytes, decode::Decoded> decoded_;
};

// "report 0190… RECEIPT", "item 0190… final", "approved 0190…": told after the node said that it is so.
using Acknowledged = std::function<void(const std::string&)>;

// Lives the day on a node as Template::open gave it. Each step that fails is tried twice more; then the day goes on with what the
// later steps still can. `between` is called after each step.
void live_day(
    const Template& day, LineNode& node, const Acknowledged& acknowledged, const std::function<void()>& between = [] {});

// That each of these is still so. Failures of the running test name what is missing.
void expect_kept(LineNode& node, const std::vector<std::string>& acknowledged);

}  // namespace tutela::test
