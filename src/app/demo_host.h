#pragma once

#include <filesystem>
#include <memory>

#include "http/server.h"

namespace tutela::app {

inline constexpr std::uint16_t kDemoHostPort = 8085;

// The demo's host: a small web server that serves drawn pictures until it is asked to stop, with its abuse desk's mailbox beside
// them. `mail` is the folder where the hotline's notices arrive.
Result<std::unique_ptr<http::Server>> start_demo_host(const std::filesystem::path& mail);

// Where picture `number` (1..3) stands on it.
std::string demo_host_address(int number);

}  // namespace tutela::app
