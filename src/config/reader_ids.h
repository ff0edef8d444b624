// Catalogue ids of what the reader reports (diagnosis/configuration_entries.cpp).
#pragma once

namespace signet::config {

inline constexpr int id_wrong_arity = 4;
inline constexpr int id_macro_trailing_text = 9;
inline constexpr int id_macro_redefined = 10;
inline constexpr int id_macro_name = 11;
inline constexpr int id_macro_parameter = 12;
inline constexpr int id_macro_nesting = 13;
inline constexpr int id_macro_unused = 14;
inline constexpr int id_macro_empty_argument = 15;
inline constexpr int id_line_too_long = 100;
inline constexpr int id_nul_byte = 101;
inline constexpr int id_byte_order_mark = 102;
inline constexpr int id_close_without_open = 103;
inline constexpr int id_other_close_expected = 104;
inline constexpr int id_not_closed = 105;
inline constexpr int id_missing_bracket = 106;
inline constexpr int id_variable_undefined = 107;
inline constexpr int id_include_failed = 108;
inline constexpr int id_include_depth = 109;
inline constexpr int id_bad_define = 110;
inline constexpr int id_bad_server_root = 111;
inline constexpr int id_bad_condition = 112;
inline constexpr int id_error_directive = 113;
inline constexpr int id_lost_lines = 114;
inline constexpr int id_swallowed_defect = 115;
inline constexpr int id_unknown_module = 116;
inline constexpr int id_text_after_bracket = 117;
inline constexpr int id_macro = 118;
inline constexpr int id_nesting_depth = 119;
inline constexpr int id_too_much = 120;
inline constexpr int id_condition_not_closed = 121;
inline constexpr int id_quote_not_closed = 122;
inline constexpr int id_comment_continues = 123;
inline constexpr int id_space_after_bracket = 124;
inline constexpr int id_no_bracket = 125;

} // namespace signet::config
