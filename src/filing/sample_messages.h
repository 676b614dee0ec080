#pragma once

#include "filing/referral_message.h"

// Synthetic messages for the tests of this module.
namespace tutela::filing::sample {

inline const Time kNow = from_unix_ms(1'790'000'000'000);

inline ReferralMessage item() {
  ItemSubject subject{{Act::b, AgeBand::prepubescent}, Viewed::off_node, {}, {}, {}};
  subject.fingerprints.push_back({"sha256", Sensitive(std::string(64, 'a')), {}});
  subject.fingerprints.push_back({"pdq", Sensitive(std::string(64, '0')), 88});
  subject.addresses.push_back(
      {Sensitive(std::string("https://host.example.org/a?b=1")), *Country::parse("DE"), kNow - std::chrono::hours(2)});
  subject.addresses.push_back({Sensitive(std::string("https://mirror.example.org/")), {}, kNow - std::chrono::hours(3)});
  subject.capture = CaptureFacts{Sensitive(std::string("2026:01:02 03:04:05")), {}, Sensitive(std::string("10.5,-20.25"))};
  return {"0190-ref_1",
          "hotline.example.org",
          kNow,
          false,
          {},
          std::move(subject),
          {},
          {},
          {{"DE/child", "Example Act", "section 1", "https://law.example.org"}},
          Handling::h1};
}

inline ReferralMessage concern() {
  ConcernSubject subject{casework::ConcernKind::worry, casework::ConcernAssessment::urgent,
                         Sensitive(std::string("What was said,\non two lines: \"q\" \\ Zoë."))};
  ReferralMessage message{"0190-ref_2", "school.example.org", kNow, true, "0190-ref_1", std::move(subject), {}, {},
                          {},           Handling::h0};
  message.persons.push_back({FiledRole::child_at_risk, AgeBand::prepubescent, Sensitive(std::string("a pupil of class 4"))});
  message.persons.push_back({FiledRole::suspect, AgeBand::adult, Sensitive(std::string())});
  message.indicators.push_back({*casework::Indicator::parse(casework::IndicatorType::account, "someone@chat.example.org"), 1});
  message.indicators.push_back({*casework::Indicator::parse(casework::IndicatorType::phone, "+4930123456"), {}});
  return message;
}

}  // namespace tutela::filing::sample
