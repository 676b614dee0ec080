#include <cstddef>
#include <cstdint>

#include "fingerprint/pdq_sweep.h"

#if defined(__x86_64__)
// Below this line, and only here, the compiler may use AVX2; pdq.cc asks the machine before it calls.
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#endif

#define TUTELA_PDQ_LANES 8
namespace tutela::fingerprint {
namespace {
constexpr int kLanes = TUTELA_PDQ_LANES;
#include "fingerprint/pdq_kernel.inc"
}  // namespace

void sweep_avx2(const Sweep& sweep) { sweep_block(sweep); }

}  // namespace tutela::fingerprint

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
