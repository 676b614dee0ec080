#include <cstddef>
#include <cstdint>

#include "fingerprint/pdq_sweep.h"

#define TUTELA_PDQ_LANES 4
namespace tutela::fingerprint {
namespace {
constexpr int kLanes = TUTELA_PDQ_LANES;
#include "fingerprint/pdq_kernel.inc"
}  // namespace

const PdqFunctions kPdqBaseline = {luma_of_rgbx, luma_of_rgbx_in_double, luma_of_grey, sweep_block};

}  // namespace tutela::fingerprint
