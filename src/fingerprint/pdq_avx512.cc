#include <cstddef>
#include <cstdint>

#include "fingerprint/pdq_sweep.h"

#if defined(__x86_64__)
#include <immintrin.h>

// Below this line, and only here, the compiler may use AVX-512; pdq.cc asks the machine before it calls.
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")
#endif

#define TUTELA_PDQ_LANES 16
#define TUTELA_PDQ_FMADD _mm512_fmadd_ps
#define TUTELA_PDQ_FNMADD _mm512_fnmadd_ps
namespace tutela::fingerprint {
namespace {
constexpr int kLanes = TUTELA_PDQ_LANES;
#include "fingerprint/pdq_kernel.inc"
}  // namespace

const PdqFunctions kPdqAvx512 = {luma_of_rgbx, luma_of_rgbx_in_double, luma_of_grey, sweep_block};

}  // namespace tutela::fingerprint

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
