#pragma once

#include "http/http.h"
#include "line/context.h"

// The log as static files (C2SP tlog-tiles): what a monitor or another node reads to check it by itself.
namespace tutela::api {

// GET …/checkpoint, of the current epoch or of the one that the path names; with ?which=cosigned the newest that a witness
// cosigned.
Result<http::Response> ledger_checkpoint(const line::Context& context, const http::Request& request);
// GET …/tile/*. A full tile below an epoch's own path never changes, and says so.
Result<http::Response> ledger_tile(const line::Context& context, const http::Request& request);

}  // namespace tutela::api
