#include "line/witnessing.h"

#include <gmock/gmock.h>

#include "base/limits.h"
#include "crypto/digest.h"
#include "ledger/contradiction.h"
#include "ledger/log_on_store.h"
#include "ledger/time_stamp_authority.h"
#include "ledger/witness_server.h"
#include "net/loopback_test_support.h"

namespace tutela::ledger {
namespace {

using test::WitnessServer;

class WitnessingTest : public LogOnStore {
 protected:
  WitnessServer::Options options(const std::string& name = "witness.test/w1", std::uint64_t seed = 5) const {
    return {name, "node.test/tutela", signing_key_.public_key(), folder_.path() / ("state-" + std::to_string(seed)), seed};
  }
  line::LogParts log() { return {*store_, signing_key_.public_key(), random_, net::DestinationPolicy::loopback_only()}; }
  std::string asked(WitnessServer& witness) {
    const auto size = line::ask_witness(log(), witness.witness());
    return size ? "size " + std::to_string(*size) : std::string(size.error().reason.text());
  }
};

TEST_P(WitnessingTest, ACheckpointIsCosignedOnceAndPublishedWithIt) {
  WitnessServer first(options());
  WitnessServer second(options("witness.test/w2", 6));
  append(9);
  EXPECT_EQ(published(1, Published::cosigned).error().reason, Reason("ledger.not_cosigned"));
  EXPECT_EQ(asked(first), "size 10");
  EXPECT_EQ(asked(second), "size 10");
  EXPECT_EQ(asked(first), "size 10");
  EXPECT_EQ(first.requests, 1) << "what is cosigned is not asked for again";
  const auto text = published(1, Published::newest).value();
  EXPECT_EQ(published(1, Published::cosigned).value(), text);
  const auto cosigned = parse_cosigned_note(text).value();
  EXPECT_EQ(cosigned.note, note());
  const std::vector<WitnessKey> trusted{first.witness().key, second.witness().key};
  const auto seen = witnesses_of(cosigned, 10, trusted).value();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].name, "witness.test/w1");
  EXPECT_EQ(seen[1].name, "witness.test/w2");
  // The newest moves on before the witnesses do.
  append(1);
  EXPECT_EQ(parse_cosigned_note(published(1, Published::newest).value()).value().others.size(), 0U);
  EXPECT_EQ(published(1, Published::cosigned).value(), text);
}

TEST_P(WitnessingTest, EachStepIsProvedToContinueTheLast) {
  WitnessServer witness(options());
  for (const int more : {1, 3, 1, 250, 60, 600}) {
    append(more);
    EXPECT_EQ(asked(witness), "size " + std::to_string(checkpoint().size));
    EXPECT_EQ(witness.last_status, 200);
  }
  EXPECT_EQ(witness.requests, 6);
  append(5);
  const auto report = verify_files(export_files(), {.key = {}, .witnesses = {witness.witness().key}});
  ASSERT_TRUE(report) << to_string(report.error());
  ASSERT_EQ(report->epochs[0].witnesses.size(), 1U);
  EXPECT_EQ(report->epochs[0].witnesses[0].size, 916U);
}

TEST_P(WitnessingTest, ALostAnswerIsMadeUpForBySayingTheSizeAgain) {
  WitnessServer witness(options());
  append(4);
  witness.fault = WitnessServer::Fault::loses_answer;
  EXPECT_EQ(asked(witness), "witness.unavailable");
  witness.fault = WitnessServer::Fault::none;
  EXPECT_EQ(asked(witness), "size 5") << "the same size again, without a proof";
  witness.fault = WitnessServer::Fault::loses_answer;
  append(4);
  EXPECT_EQ(asked(witness), "witness.unavailable");
  append(4);
  witness.fault = WitnessServer::Fault::none;
  EXPECT_EQ(asked(witness), "size 13");
}

TEST_P(WitnessingTest, WhatAWitnessAnswersIsNotBelieved) {
  WitnessServer witness(options());
  append(4);
  const std::pair<WitnessServer::Fault, std::string> faults[] = {
      {WitnessServer::Fault::is_down, "witness.unavailable"},
      {WitnessServer::Fault::forbids, "witness.refused_signature"},
      {WitnessServer::Fault::answers_garbage, "witness.malformed"},
      {WitnessServer::Fault::huge, "net.response_too_large"},
      {WitnessServer::Fault::signs_other_text, "witness.bad_cosignature"},
      {WitnessServer::Fault::answers_for_another, "witness.no_cosignature"},
  };
  for (const auto& [fault, reason] : faults) {
    witness.fault = fault;
    EXPECT_EQ(asked(witness), reason);
    EXPECT_EQ(published(1, Published::cosigned).error().reason, Reason("ledger.not_cosigned")) << "nothing is kept: " << reason;
  }
  witness.fault = WitnessServer::Fault::none;
  EXPECT_EQ(asked(witness), "size 5");
}

TEST_P(WitnessingTest, AWitnessOfOtherLogsSaysSo) {
  auto other = options();
  other.log_name = "other.test";
  WitnessServer stranger(other);
  EXPECT_EQ(asked(stranger), "witness.unknown_log");
  auto wrong_key = options("witness.test/w3", 8);
  wrong_key.log_key[0] ^= 1;
  WitnessServer distrustful(wrong_key);
  EXPECT_EQ(asked(distrustful), "witness.refused_signature");
  EXPECT_EQ(distrustful.last_status, 403);
}

TEST_P(WitnessingTest, AHistoryThatWasWrittenAnewIsRefused) {
  WitnessServer witness(options());
  append(9);
  ASSERT_EQ(asked(witness), "size 10");
  back_up();
  append(10);
  ASSERT_EQ(asked(witness), "size 20");
  // The copy is put back without a new epoch: the witness remembers more than the store holds.
  restore();
  append(1);
  EXPECT_EQ(asked(witness), "witness.ahead");
  // Other entries in their place give trees that nobody can join to what was cosigned.
  append(9);
  EXPECT_EQ(checkpoint().size, 20U);
  EXPECT_EQ(asked(witness), "witness.refused_tree") << "the same size with another root";
  EXPECT_EQ(witness.last_status, 422);
  append(1);
  EXPECT_EQ(asked(witness), "witness.refused_tree");
}

TEST_P(WitnessingTest, BackUpAppendCosignRestoreAppendAndTheVerifierReportsTheCut) {
  WitnessServer witness(options());
  append(9);
  back_up();
  append(7);
  ASSERT_EQ(asked(witness), "size 17");
  const auto known = published(1, Published::cosigned).value();
  restore();
  ASSERT_EQ(checkpoint().size, 10U);
  // What the witness saw is the last that is known, so the next epoch begins with it.
  const auto epoch = sequencer_->open_epoch(*store_, parse_cosigned_note(known).value().note);
  ASSERT_TRUE(epoch) << to_string(epoch.error());
  EXPECT_GT(*epoch, 1U);
  append(300);
  EXPECT_EQ(asked(witness), "size 301") << "a new origin, from nothing";

  const auto files = export_files();
  const auto report = verify_files(files, {.key = {}, .witnesses = {witness.witness().key}, .known = {known}});
  ASSERT_TRUE(report) << to_string(report.error());
  EXPECT_TRUE(report->equivocations.empty());
  ASSERT_EQ(report->epochs.size(), 2U);
  EXPECT_EQ(report->epochs[0].checkpoint.size, 10U);
  EXPECT_EQ(report->epochs[0].lost.leaves, 7U);
  EXPECT_EQ(report->epochs[1].checkpoint.size, 301U);
  // And so does the excerpt of one item.
  const auto excerpt = read([&](store::Reader& reader) {
                         return export_excerpt(reader, {"item", Bytes{0}}, {signing_key_, subject_key_});
                       }).value();
  const auto one = verify_excerpt(excerpt, signing_key_.public_key());
  ASSERT_TRUE(one) << to_string(one.error());
  EXPECT_EQ(one->epochs[0].lost.leaves, 7U);

  // Had the epoch been opened without asking anybody, whoever holds the cosigned checkpoint would show the cut all the same. The
  // same copy restored again opens another epoch, and the witness cosigns both.
  const auto first_time = note();
  restore();
  const auto second_time = sequencer_->open_epoch(*store_, std::nullopt);
  ASSERT_TRUE(second_time) << to_string(second_time.error());
  EXPECT_GT(*second_time, *epoch);
  append(1);
  EXPECT_EQ(asked(witness), "size 2");
  EXPECT_TRUE(find_contradictions(first_time, note(), signing_key_.public_key(), "")->empty());
  const auto aware = verify_files(export_files(), {.key = {}, .known = {first_time}});
  ASSERT_TRUE(aware) << to_string(aware.error());
  EXPECT_TRUE(aware->equivocations.empty());
  EXPECT_EQ(aware->epochs[0].lost.epochs, (std::map<std::uint64_t, std::uint64_t>{{*epoch, 301}}));
  const auto silent = verify_files(export_files());
  ASSERT_TRUE(silent) << to_string(silent.error());
  EXPECT_EQ(silent->epochs[0].lost.leaves, 0U);
  EXPECT_EQ(verify_files(export_files(), {.key = {}, .known = {known}})->epochs[0].lost.leaves, 7U);
}

TEST(WitnessText, HasAKeyAndAnAddress) {
  const std::string key = encode_witness_key({"witness.test/w1", crypto::PublicKey{1}});
  for (const auto* url : {"https://witness.test", "http://127.0.0.1:8080/prefix", "https://[2001:db8::1]:443/a"}) {
    const auto parsed = line::parse_witness(key + " " + url);
    ASSERT_TRUE(parsed) << url;
    EXPECT_EQ(line::encode_witness(*parsed), key + " " + url);
  }
  for (const auto* wrong :
       {"", " ", " https://witness.test/", " ftp://witness.test", " https://", " https://a b", " https://u@h"})
    EXPECT_FALSE(line::parse_witness(key + wrong)) << wrong;
  EXPECT_FALSE(line::parse_witness("witness.test https://witness.test"));
}

class TimeStampTest : public LogOnStore {
 protected:
  line::LogParts log() { return {*store_, signing_key_.public_key(), random_, net::DestinationPolicy::loopback_only()}; }
  line::TimeStampAuthority trusting() const { return {authority_.url(), {authority_.roots_pem()}}; }
  std::string asked() {
    const auto at = line::ask_for_time_stamp(log(), trusting());
    return at ? "stamped" : std::string(at.error().reason.text());
  }

  test::TimeStampAuthority authority_{folder_.path() / "authority"};
};

TEST_P(TimeStampTest, ACheckpointIsStampedOnceAndOthersCanCheckIt) {
  append(3);
  const auto at = line::ask_for_time_stamp(log(), trusting());
  ASSERT_TRUE(at) << to_string(at.error());
  const auto away = std::chrono::abs(*at - SystemClock().now());
  EXPECT_LT(away, std::chrono::hours(1)) << "the authority's clock, not ours";
  EXPECT_EQ(asked(), "stamped");
  EXPECT_EQ(authority_.requests, 1);
  const auto files = export_files();
  const auto& reply = files.at("epoch-1/stamped.tsr");
  const auto& stamped = files.at("epoch-1/stamped");
  EXPECT_TRUE(authority_.openssl_accepts(reply, stamped));
  EXPECT_FALSE(authority_.openssl_accepts(reply, as_bytes("something else")));
  append(5);
  EXPECT_EQ(asked(), "stamped");
  EXPECT_EQ(authority_.requests, 2);
  const auto report = verify_files(export_files(), {.key = {}, .time_stamps = crypto::TimeStampTrust{authority_.roots_pem()}});
  ASSERT_TRUE(report) << to_string(report.error());
  EXPECT_EQ(report->epochs[0].stamped_size, 9U);
  EXPECT_TRUE(report->epochs[0].stamped_at);
  const auto unasked = verify_files(files);
  ASSERT_TRUE(unasked);
  EXPECT_EQ(unasked->epochs[0].stamped_size, 4U);
  EXPECT_FALSE(unasked->epochs[0].stamped_at) << "nobody's certificate was named";
}

TEST_P(TimeStampTest, AReplyIsForOneDigestOneNonceAndOneAuthority) {
  const auto imprint = crypto::sha256(as_bytes("a checkpoint"));
  const auto query = crypto::encode_time_stamp_request(imprint, random_).value();
  const auto other_query = crypto::encode_time_stamp_request(imprint, random_).value();
  EXPECT_NE(query, other_query);
  const auto reply = authority_.reply_to(query);
  const crypto::TimeStampTrust trust{authority_.roots_pem()};
  const auto reason = [](const Result<Time>& result) { return result ? "ok" : std::string(result.error().reason.text()); };
  EXPECT_EQ(reason(crypto::verify_time_stamp(reply, imprint, trust, query)), "ok");
  EXPECT_EQ(reason(crypto::verify_time_stamp(reply, imprint, trust)), "ok");
  EXPECT_EQ(reason(crypto::verify_time_stamp(reply, crypto::sha256({}), trust)), "time_stamp.other_imprint");
  EXPECT_EQ(reason(crypto::verify_time_stamp(reply, imprint, trust, other_query)), "time_stamp.other_nonce");
  const test::TimeStampAuthority stranger(folder_.path() / "stranger");
  EXPECT_EQ(reason(crypto::verify_time_stamp(reply, imprint, {stranger.roots_pem()})), "time_stamp.bad_signature");
  EXPECT_EQ(reason(crypto::verify_time_stamp(reply, imprint, {"no certificate"})), "time_stamp.bad_roots");
  EXPECT_EQ(reason(crypto::verify_time_stamp(BytesView(reply).first(reply.size() - 1), imprint, trust)), "time_stamp.malformed");
  auto longer = reply;
  longer.push_back(0);
  EXPECT_EQ(reason(crypto::verify_time_stamp(longer, imprint, trust)), "time_stamp.malformed");
  EXPECT_EQ(reason(crypto::verify_time_stamp({}, imprint, trust)), "time_stamp.malformed");
  EXPECT_EQ(reason(crypto::verify_time_stamp(Bytes(limits::kTimeStampReplyBytesMax + 1), imprint, trust)),
            "time_stamp.too_large");
  // Every byte is under the signature, or of the certificates that it is checked by, or of the form.
  int accepted = 0;
  for (std::size_t i = 0; i < reply.size(); i += 7) {
    auto changed = reply;
    changed[i] ^= 0x01;
    const auto at = crypto::verify_time_stamp(changed, imprint, trust);
    accepted += at && *at != crypto::verify_time_stamp(reply, imprint, trust).value() ? 1 : 0;
  }
  EXPECT_EQ(accepted, 0) << "no change gives another time";
}

TEST_P(TimeStampTest, WhatAnAuthorityAnswersIsNotBelieved) {
  const auto nothing_kept = [&] { return !export_files().contains("epoch-1/stamped"); };
  authority_.instead = [](const Bytes&) { return http::text_response(503, "text/plain", ""); };
  EXPECT_EQ(asked(), "time_stamp.unavailable");
  authority_.instead = [](const Bytes&) { return http::text_response(200, "application/timestamp-reply", "no reply"); };
  EXPECT_EQ(asked(), "time_stamp.malformed");
  authority_.instead = [](const Bytes&) {
    return http::text_response(200, "application/timestamp-reply", std::string(limits::kTimeStampReplyBytesMax + 1, '0'));
  };
  EXPECT_EQ(asked(), "net.response_too_large");
  // A refusal as the standard writes it: status 2, no token.
  authority_.instead = [](const Bytes&) {
    return http::text_response(200, "application/timestamp-reply", std::string("\x30\x05\x30\x03\x02\x01\x02", 7));
  };
  EXPECT_EQ(asked(), "time_stamp.refused");
  // Yesterday's reply to another question.
  const auto old_query = crypto::encode_time_stamp_request(crypto::sha256(as_bytes(note())), random_).value();
  const auto old_reply = authority_.reply_to(old_query);
  authority_.instead = [&](const Bytes&) { return http::text_response(200, "application/timestamp-reply", as_text(old_reply)); };
  EXPECT_EQ(asked(), "time_stamp.other_nonce");
  EXPECT_TRUE(nothing_kept());
  authority_.instead = nullptr;
  EXPECT_EQ(asked(), "stamped");
  EXPECT_FALSE(nothing_kept());
}

INSTANTIATE_TEST_SUITE_P(Stores, WitnessingTest, kBackEnds, back_end_name);
INSTANTIATE_TEST_SUITE_P(Stores, TimeStampTest, kBackEnds, back_end_name);

}  // namespace
}  // namespace tutela::ledger
