#include <cstddef>
#include <cstdint>

#include "fingerprint/pdq_sweep.h"

#define TUTELA_PDQ_LANES 4
namespace tutela::fingerprint {
namespace {
constexpr int kLanes = TUTELA_PDQ_LANES;
#include "fingerprint/pdq_kernel.inc"
}  // namespace

void sweep_baseline(const Sweep& sweep) { sweep_block(sweep); }

}  // namespace tutela::fingerprint
