#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"

namespace tutela::app {

// A hotline and an authority of two countries, a host that really serves, and a synthetic day of reports between them. Everything
// is on loopback, invented, drawn or an ordinary photograph.
class Demo {
 public:
  virtual ~Demo() = default;
  virtual void stop() = 0;
};

// The first start makes the folder and the day and prints how far it is; a later one only opens it. Prints addresses, accounts
// and next steps. Accounts have random passwords, kept in accounts.txt of the folder for its owner alone.
Result<std::unique_ptr<Demo>> start_demo(const std::filesystem::path& folder);

}  // namespace tutela::app
