// Finds the end of a run of ordinary characters, sixteen at a time where the machine can.
#pragma once
#include "http/token.h"

#include <bit>
#include <cstddef>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace signet::http {

// How many bytes from the start are neither below `lowest` nor DEL; with keep_tab, HTAB counts as
// ordinary. Bytes above 127 (obs-text) are ordinary.
template <unsigned char lowest, bool keep_tab>
[[nodiscard]] inline size_t find_stop(const char* text, size_t size)
{
    size_t i = 0;
#if defined(__SSE2__)
    const __m128i bottom = _mm_set1_epi8(static_cast<char>(lowest - 1));
    const __m128i del = _mm_set1_epi8(0x7f);
    const __m128i tab = _mm_set1_epi8('\t');
    for (; i + 16 <= size; i += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + i));
        __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, bottom), bytes);
        if constexpr (keep_tab) low = _mm_andnot_si128(_mm_cmpeq_epi8(bytes, tab), low);
        const auto stops =
            static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(low, _mm_cmpeq_epi8(bytes, del))));
        if (stops != 0) return i + static_cast<size_t>(std::countr_zero(stops));
    }
#endif
    for (; i < size; ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if ((c < lowest && !(keep_tab && c == '\t')) || c == 0x7f) break;
    }
    return i;
}

// The first control character except HTAB: what may not stand in a field value.
[[nodiscard]] inline size_t find_outside_value(const char* text, size_t size)
{
    return find_stop<0x20, true>(text, size);
}
// The first space or control character: what may not stand in a request target.
[[nodiscard]] inline size_t find_outside_visible(const char* text, size_t size)
{
    return find_stop<0x21, false>(text, size);
}

} // namespace signet::http
