#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

// Everything received from outside has a limit (I10), and every limit stands here, with its unit last.
namespace tutela::limits {

inline constexpr std::size_t kMiB = std::size_t{1} << 20;

// HTTP
inline constexpr std::size_t kHeaderBytesMax = 8 * 1024;
inline constexpr std::size_t kTargetBytesMax = 2 * 1024;
inline constexpr std::size_t kHeaderFieldsMax = 64;
inline constexpr std::size_t kJsonBodyBytesMax = 256 * 1024;
inline constexpr std::size_t kFormBodyBytesMax = 32 * 1024;
inline constexpr std::size_t kConnectionsPerListenerMax = 512;
inline constexpr std::size_t kWorkQueueMax = 256;
// Requests of one process that may be held until the log grows: each holds one of the server's worker threads (eight).
inline constexpr std::size_t kLogWaitersMax = 3;
inline constexpr std::chrono::seconds kLogWaitMax{30};
inline constexpr std::chrono::seconds kHeaderTimeout{10};
inline constexpr std::chrono::seconds kBodyTimeout{60};
inline constexpr std::chrono::seconds kIdleTimeout{60};
inline constexpr std::size_t kMultipartPartsMax = 17;
inline constexpr std::size_t kMultipartPartHeaderBytesMax = 1024;
inline constexpr int kJsonDepthMax = 16;
inline constexpr std::size_t kQueryPairsMax = 32;
inline constexpr std::size_t kFormFieldsMax = 128;
// The slowest a body or an answer may move, on top of the time-out; slower is closed.
inline constexpr std::size_t kTransferBytesPerSecondMin = 32 * 1024;
// Bodies above kBodyBytesUncounted share this much memory in a server; a request that would exceed it is answered 503.
inline constexpr std::size_t kBodyBytesInFlightMax = 512 * kMiB;
inline constexpr std::size_t kBodyBytesUncounted = 256 * 1024;
inline constexpr std::size_t kStaticFilesMax = 2'000;
inline constexpr std::size_t kStaticFilesBytesMax = 64 * kMiB;

// Outbound
inline constexpr std::size_t kOutboundResponseBytesMax = 1 * kMiB;
inline constexpr std::size_t kUrlBytesMax = 2 * 1024;
inline constexpr std::size_t kMailTextBytesMax = 64 * 1024;
inline constexpr std::size_t kMailSubjectBytesMax = 200;

// Media
inline constexpr std::size_t kMediaBytesMax = 32 * kMiB;
inline constexpr std::uint32_t kMediaSideMax = 30'000;
inline constexpr std::uint64_t kMediaPixelsMax = 64'000'000;
inline constexpr std::size_t kDecoderMemoryBytesMax = 1024 * kMiB;
inline constexpr std::chrono::seconds kDecoderTimeMax{20};
inline constexpr std::uint32_t kPreviewSideMax = 1024;

// Reports
inline constexpr std::size_t kReportTextBytesMax = 8 * 1024;
inline constexpr std::size_t kAddressBytesMax = 2 * 1024;
inline constexpr std::size_t kContactBytesMax = 320;
inline constexpr std::size_t kLocationsPerReportMax = 20;
inline constexpr std::size_t kPersonsPerReportMax = 20;
inline constexpr std::size_t kIndicatorsPerReportMax = 100;
inline constexpr std::size_t kIndicatorBytesMax = 512;
inline constexpr std::size_t kReasonBytesMax = 2 * 1024;
inline constexpr std::size_t kErasureRecordsMax = 50;

// Files of one question to the banks: together not larger than one may be, decoded one after the other.
inline constexpr std::size_t kMatchFilesMax = 16;
static_assert(kMatchFilesMax < kMultipartPartsMax, "the question stands beside its files");

// Banks. One whose distance no index finds is scanned whole for each question: about 1.3 ms at this size.
inline constexpr std::int64_t kWideBankEntriesMax = 1'000'000;

// Exchange and ledger
inline constexpr std::size_t kReferralBytesMax = 1 * kMiB;
inline constexpr std::size_t kLedgerPayloadBytesMax = 16 * 1024;
inline constexpr std::size_t kExcerptBytesMax = 64 * kMiB;
inline constexpr std::size_t kCosignaturesMax = 32;
inline constexpr std::size_t kWitnessAnswerBytesMax = 64 * 1024;
inline constexpr std::size_t kAddCheckpointBytesMax = 72 * 1024;
// Changes of a node's signing key: each takes one of its epochs and a note of at most 1,100 bytes.
inline constexpr std::size_t kSuccessionsMax = 50;
inline constexpr std::size_t kSuccessionsBytesMax = 56 * 1024;
inline constexpr std::size_t kTimeStampReplyBytesMax = 64 * 1024;
inline constexpr std::size_t kTimeStampRootsBytesMax = 256 * 1024;
inline constexpr std::size_t kReferralFingerprintsMax = 32;
inline constexpr std::size_t kReferralLawRowsMax = 32;
inline constexpr std::size_t kReferralAnswersMax = 256;
inline constexpr std::size_t kNameBytesMax = 128;

// Law
inline constexpr std::size_t kJurisdictionFileBytesMax = 64 * 1024;
inline constexpr std::size_t kJurisdictionRowsMax = 100;
inline constexpr std::int64_t kKeepMonthsMax = 1200;
inline constexpr std::size_t kJurisdictionTextBytesMax = 1024;

static_assert(kFormBodyBytesMax >= kReportTextBytesMax + kAddressBytesMax + kContactBytesMax);
static_assert(kReferralBytesMax >= 4 * (kReportTextBytesMax + kPersonsPerReportMax * kReasonBytesMax +
                                        kIndicatorsPerReportMax * kIndicatorBytesMax + kLocationsPerReportMax * kAddressBytesMax),
              "a full referral must fit, escapes and field names included");
static_assert(kMediaPixelsMax * 4 + kMediaPixelsMax * 8 <= kDecoderMemoryBytesMax,
              "RGB, float luma and one scratch buffer must fit");

}  // namespace tutela::limits
