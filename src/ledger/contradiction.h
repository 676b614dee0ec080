#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/log_verify.h"

// What a node handed out, held against what it signed elsewhere, without the log itself (spec/ledger.md, "Equivocation").
namespace tutela::ledger {

// Two things that a node handed out, each an excerpt or a checkpoint, perhaps with cosignatures. Each is first verified by
// itself. Found is:
//   two roots of one origin and size, whether a checkpoint has them or the first leaf of an epoch names them as the end of
//   another; a false number of entries: of one subject, one excerpt shows an entry at a place that is inside the trees of the
//   other, which signed for fewer entries, or for another one of this number.
// Nothing found is no proof that both are of one history: that needs compare_checkpoints() or an export.
//
// Errors: as verify_excerpt, parse_cosigned_note, open_checkpoint; invalid, "contradiction.other_node".
// successions  known from elsewhere; may be empty
Result<std::vector<Equivocation>> find_contradictions(std::string_view one, std::string_view other, const crypto::PublicKey& key,
                                                      std::string_view successions = {});

// What checkpoints kept from elsewhere say of an excerpt.
struct ExcerptComparison {
  std::vector<EpochReport> epochs;     // as verify_excerpt() gave them; a known checkpoint may show that more was lost
  std::vector<WitnessSeen> witnesses;  // who cosigned exactly the trees that the excerpt rests on
  std::uint64_t agreeing = 0;          // checkpoints of the same size and root
  std::uint64_t of_other_size = 0;     // neither agree nor contradict: an export or a consistency proof joins them
  std::vector<Equivocation> equivocations;
};
struct ExcerptTrust {
  crypto::PublicKey key;  // any one that the node had
  std::vector<WitnessKey> witnesses = {};
  std::vector<std::string> known = {};  // checkpoints, perhaps with cosignatures
  std::string successions = {};         // known from elsewhere
};
// As find_contradictions, witnesses_of.
Result<ExcerptComparison> compare_excerpt(std::string_view excerpt, const ExcerptTrust& trust);

}  // namespace tutela::ledger
