#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/sensitive.h"
#include "model/classification.h"

// The same notice for machines: XARF v4, category "content", type "csam". Encoding only; a notice about child sexual abuse
// material never carries an evidence payload. Source: github.com/xarf/xarf-spec, schemas/v4/xarf-core.json and
// types/content-csam.json.
namespace tutela::notice {

struct XarfParty {
  std::string org;
  std::string contact;  // mail address
  std::string domain;
};

enum class XarfDetection : std::uint8_t { hash_match, manual_review, user_report };
std::string_view to_word(XarfDetection method);

struct XarfHash {
  std::string algorithm;  // md5, sha1, sha256 are carried; every other is left out, since the schema has no field for it
  Sensitive<std::string> hex;
};

struct XarfReport {
  Uuid report_id;
  Time timestamp;
  XarfParty reporter;
  XarfParty sender;
  std::string source_identifier;  // host name or address that serves
  Sensitive<std::string> url;
  Classification classification;
  XarfDetection detection;
  std::vector<XarfHash> hashes;
};

// A1, A2, B1, B2. The scheme also has "baseline", which act and age band alone never prove. Absent for an unknown age and what is
// not actionable.
std::optional<std::string_view> xarf_classification(const Classification& classification);
// Canonical JSON. invalid, "xarf.bad_field" (place names it); unsupported, "xarf.no_classification" where the scheme has no
// value.
Result<std::string> encode_xarf(const XarfReport& report);

}  // namespace tutela::notice
