#include "pki/describe.h"

#include "base/text.h"
#include "pki/chain.h"
#include "pki/new_key.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace signet::pki {
namespace {

std::string signature_text(int nid)
{
    return nid == NID_undef ? "unknown" : OBJ_nid2ln(nid);
}

std::string digest_text(const X509* x509, const EVP_MD* hash)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (X509_digest(x509, hash, bytes, &length) != 1) return {};
    return hex_text({reinterpret_cast<const char*>(bytes), length});
}

std::vector<std::string> usages(const X509* x509)
{
    std::vector<std::string> words;
    if (!(X509_get_extension_flags(const_cast<X509*>(x509)) & EXFLAG_KUSAGE)) return words;
    const uint32_t bits = X509_get_key_usage(const_cast<X509*>(x509));
    constexpr std::pair<uint32_t, const char*> known[] = {
        {KU_DIGITAL_SIGNATURE, "digitalSignature"},
        {KU_NON_REPUDIATION, "nonRepudiation"},
        {KU_KEY_ENCIPHERMENT, "keyEncipherment"},
        {KU_DATA_ENCIPHERMENT, "dataEncipherment"},
        {KU_KEY_AGREEMENT, "keyAgreement"},
        {KU_KEY_CERT_SIGN, "keyCertSign"},
        {KU_CRL_SIGN, "cRLSign"},
    };
    for (const auto& [bit, name] : known) {
        if (bits & bit) words.emplace_back(name);
    }
    return words;
}

std::vector<std::string> purposes(const Certificate& certificate, std::vector<std::string>& notes)
{
    std::vector<std::string> words;
    const std::unique_ptr<EXTENDED_KEY_USAGE, Deleter<EXTENDED_KEY_USAGE_free>> usage(
        static_cast<EXTENDED_KEY_USAGE*>(
            X509_get_ext_d2i(certificate.get(), NID_ext_key_usage, nullptr, nullptr)));
    bool is_gated = false;
    for (int i = 0; usage && i < sk_ASN1_OBJECT_num(usage.get()); i++) {
        const ASN1_OBJECT* one = sk_ASN1_OBJECT_value(usage.get(), i);
        char text[128];
        OBJ_obj2txt(text, sizeof text, one, 0);
        const int nid = OBJ_obj2nid(one);
        words.emplace_back(nid == NID_undef ? text : OBJ_nid2sn(nid));
        is_gated |= nid == NID_ms_sgc || nid == NID_ns_sgc;
    }
    if (is_gated) {
        notes.emplace_back("Server Gated Cryptography (a Global ID) was for the export browsers "
                           "of the 1990s and means nothing today");
    }
    forget_errors();
    return words;
}

std::vector<std::string> constraint_texts(const Certificate& certificate)
{
    std::vector<std::string> words;
    const std::unique_ptr<NAME_CONSTRAINTS, Deleter<NAME_CONSTRAINTS_free>> constraints(
        static_cast<NAME_CONSTRAINTS*>(
            X509_get_ext_d2i(certificate.get(), NID_name_constraints, nullptr, nullptr)));
    forget_errors();
    const auto list = [&](const STACK_OF(GENERAL_SUBTREE) * trees, const char* what) {
        for (int i = 0; trees && i < sk_GENERAL_SUBTREE_num(trees); i++) {
            const GeneralNamesPtr one(GENERAL_NAMES_new());
            GENERAL_NAME* base = GENERAL_NAME_dup(sk_GENERAL_SUBTREE_value(trees, i)->base);
            if (!one || !base || sk_GENERAL_NAME_push(one.get(), base) <= 0) continue;
            words.push_back(what + general_names_text(one.get()).front());
        }
    };
    if (!constraints) return words;
    list(constraints->permittedSubtrees, "only ");
    list(constraints->excludedSubtrees, "not ");
    return words;
}

void add_key(Facts& facts, EVP_PKEY* key)
{
    facts["key"] = key_text(key);
    facts["key_sha256"] = public_key_digest(key);
}

void add_dates(Facts& facts, const Certificate& certificate, time_t now,
               std::vector<std::string>& notes)
{
    const time_t from = certificate.not_before(), until = certificate.not_after();
    facts["not_before"] = date_text(from);
    facts["not_after"] = date_text(until);
    const int64_t days = (until - now) / day;
    facts["days_left"] = now > until ? -((now - until) / day) - 1 : days;
    if (now > until) notes.emplace_back("has expired");
    if (now < from) notes.emplace_back("is not valid yet");
    if (from > until) notes.emplace_back("can never be valid: it ends before it begins");
}

void note_weaknesses(const Certificate& certificate, std::vector<std::string>& notes)
{
    if (certificate.key_kind() == KeyKind::rsa && certificate.key_bits() < 2048)
        notes.emplace_back("the key is too small: clients refuse RSA below 2048 bits");
    if (certificate.key_kind() == KeyKind::rsa && certificate.key_bits() > 8192)
        notes.emplace_back(
            "the key is so large that handshakes are slow, and clients may refuse it");
    int digest = NID_undef;
    if (X509_get_signature_info(certificate.get(), &digest, nullptr, nullptr, nullptr) == 1
        && (digest == NID_sha1 || digest == NID_md5) && !certificate.is_self_issued()) {
        notes.emplace_back(std::string("signed with ") + OBJ_nid2sn(digest)
                           + ", which can be forged: clients refuse it");
    }
    forget_errors();
}

// Adds the list unless it is empty.
void add_list(Facts& facts, const char* name, const std::vector<std::string>& values)
{
    if (!values.empty()) facts[name] = values;
}

std::string label_of(std::string name)
{
    if (name == "not_before") return "valid from";
    if (name == "not_after") return "valid until";
    std::ranges::replace(name, '_', ' ');
    return name;
}

std::string plain(const Facts& value)
{
    if (value.is_string()) return value.get<std::string>();
    if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
    return value.dump(-1, ' ', false, Facts::error_handler_t::replace);
}

} // namespace

std::string date_text(time_t when)
{
    tm parts{};
    if (!gmtime_r(&when, &parts)) return "never";
    char text[64];
    return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S GMT", &parts)};
}

Result<time_t> parse_date(std::string_view text, time_t now)
{
    const auto refuse = [&] {
        return fail(Error::Kind::malformed, "\"" + visible(text)
                                                + "\" is no date: write 2026-12-31, "
                                                  "2026-12-31T12:00:00Z or +30d");
    };
    if (text == "now") return now;
    if (text.starts_with('+') || text.starts_with('-')) {
        if (text.size() < 2) return refuse();
        int64_t unit = day;
        std::string_view digits = text.substr(1);
        constexpr std::pair<char, int64_t> units[] = {
            {'s', 1}, {'h', 3600}, {'d', day}, {'w', 7 * day}, {'m', 30 * day}, {'y', 365 * day}};
        for (const auto& [letter, seconds] : units) {
            if (digits.back() != letter) continue;
            unit = seconds;
            digits.remove_suffix(1);
            break;
        }
        const auto count = parse_number<int64_t>(digits);
        if (!count || *count > 400 * 366 * day / unit) return refuse();
        return text[0] == '+' ? now + *count * unit : now - *count * unit;
    }
    const std::string copy(text);
    for (const char* form : {"%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S",
                             "%Y-%m-%d %H:%M:%S GMT", "%Y%m%d%H%M%SZ"}) {
        tm parts{};
        const char* end = ::strptime(copy.c_str(), form, &parts);
        if (end && *end == '\0') return timegm(&parts);
    }
    return refuse();
}

Facts describe(const Certificate& certificate, time_t now)
{
    std::vector<std::string> notes;
    Facts facts;
    facts["type"] = "certificate";
    facts["subject"] = certificate.subject();
    facts["issuer"] = certificate.issuer();
    const GeneralNamesPtr names(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr)));
    forget_errors();
    const auto texts = general_names_text(names.get());
    facts["names"] = texts;
    for (const auto& text : texts) {
        if (text.find("\\x00") != text.npos)
            notes.push_back("the name " + text
                            + " has a NUL inside: an attack, no client takes it");
    }
    if (texts.empty() && !certificate.is_authority()) {
        notes.emplace_back("has no alternative names: clients do not look at the common name (CN)");
    }
    add_dates(facts, certificate, now, notes);
    facts["serial"] = serial_text(X509_get0_serialNumber(certificate.get()));
    add_key(facts, X509_get0_pubkey(certificate.get()));
    facts["signature"] = signature_text(X509_get_signature_nid(certificate.get()));
    facts["authority"] = certificate.is_authority();
    if (certificate.is_self_issued()) facts["self_signed"] = true;
    if (certificate.path_length() >= 0) facts["path_length"] = certificate.path_length();
    add_list(facts, "key_usage", usages(certificate.get()));
    add_list(facts, "purposes", purposes(certificate, notes));
    add_list(facts, "name_constraints", constraint_texts(certificate));
    if (const auto url = issuer_url(certificate); !url.empty())
        facts["issuer_certificate"] = visible(url);
    std::string hash; // the name of a link in SSLCACertificatePath
    append_hex(hash, X509_subject_name_hash(certificate.get()) & 0xffffffffU, 8);
    facts["subject_hash"] = hash;
    facts["sha256"] = digest_text(certificate.get(), EVP_sha256());
    note_weaknesses(certificate, notes);
    add_list(facts, "notes", notes);
    forget_errors();
    return facts;
}

Facts describe(X509_REQ* request)
{
    Facts facts;
    facts["type"] = "certificate request";
    facts["subject"] = name_text(X509_REQ_get_subject_name(request));
    STACK_OF(X509_EXTENSION)* extensions = X509_REQ_get_extensions(request);
    const GeneralNamesPtr names(static_cast<GENERAL_NAMES*>(
        X509V3_get_d2i(extensions, NID_subject_alt_name, nullptr, nullptr)));
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    facts["names"] = general_names_text(names.get());
    EVP_PKEY* key = X509_REQ_get0_pubkey(request);
    add_key(facts, key);
    facts["signature"] = signature_text(X509_REQ_get_signature_nid(request));
    facts["signed_by_its_key"] = key && X509_REQ_verify(request, key) == 1;
    forget_errors();
    return facts;
}

Facts describe(X509_CRL* list, time_t now)
{
    Facts facts;
    facts["type"] = "revocation list";
    facts["issuer"] = name_text(X509_CRL_get_issuer(list));
    facts["made"] = date_text(seconds_of(X509_CRL_get0_lastUpdate(list)));
    const ASN1_TIME* next = X509_CRL_get0_nextUpdate(list);
    if (next) facts["next_update"] = date_text(seconds_of(next));
    const IntegerPtr number(
        static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(list, NID_crl_number, nullptr, nullptr)));
    if (number) facts["number"] = serial_text(number.get());
    facts["signature"] = signature_text(X509_CRL_get_signature_nid(list));
    auto revoked = Facts::array();
    STACK_OF(X509_REVOKED)* entries = X509_CRL_get_REVOKED(list);
    constexpr int most = 1000; // a public list has a hundred thousand: not for reading
    for (int i = 0; i < std::min(sk_X509_REVOKED_num(entries), most); i++) {
        const X509_REVOKED* one = sk_X509_REVOKED_value(entries, i);
        revoked.push_back(serial_text(X509_REVOKED_get0_serialNumber(one)) + " on "
                          + date_text(seconds_of(X509_REVOKED_get0_revocationDate(one))));
    }
    facts["revoked_count"] = std::max(sk_X509_REVOKED_num(entries), 0);
    facts["revoked"] = std::move(revoked);
    if (next && seconds_of(next) < now)
        facts["notes"] = {"is out of date: a new list should have been fetched"};
    forget_errors();
    return facts;
}

Facts describe(const PrivateKey& key)
{
    Facts facts;
    facts["type"] = "private key";
    add_key(facts, key.get());
    if (key.kind() == KeyKind::rsa && key.bits() < 2048)
        facts["notes"] = {
            "the key is too small: clients refuse RSA below 2048 bits. Make a new one"};
    return facts;
}

Facts describe(const Material& material, time_t now)
{
    Facts facts;
    facts["file"] = material.path;
    facts["form"] = material.form;
    if (material.was_encrypted) facts["encrypted"] = true;
    auto objects = Facts::array();
    for (const auto& one : material.certificates) objects.push_back(describe(one, now));
    for (const auto& one : material.keys) objects.push_back(describe(one));
    for (const auto& one : material.public_keys) {
        Facts key;
        key["type"] = "public key";
        add_key(key, one.get());
        objects.push_back(std::move(key));
    }
    for (const auto& one : material.requests) objects.push_back(describe(one.get()));
    for (const auto& one : material.revocation_lists) objects.push_back(describe(one.get(), now));
    facts["objects"] = std::move(objects);
    add_list(facts, "remarks", material.remarks);
    return facts;
}

std::string facts_text(const Facts& facts, size_t indent)
{
    constexpr size_t width = 20;
    std::string out;
    const std::string margin(indent, ' ');
    for (const auto& [name, value] : facts.items()) {
        if (value.is_array() && !value.empty() && value.front().is_object()) {
            for (const auto& one : value) out += margin + "\n" + facts_text(one, indent);
            continue;
        }
        if (value.is_object()) {
            out += margin + label_of(name) + "\n" + facts_text(value, indent + 2);
            continue;
        }
        std::string label = label_of(name);
        label.resize(std::max(width, label.size() + 1), ' ');
        if (!value.is_array()) {
            out += margin + label + plain(value) + "\n";
            continue;
        }
        if (value.empty()) out += margin + label + "none\n";
        for (const auto& one : value) {
            out += margin + label + plain(one) + "\n";
            label.assign(label.size(), ' ');
        }
    }
    return out;
}

std::string json_text(const Facts& facts)
{
    return facts.dump(2, ' ', false, Facts::error_handler_t::replace) + "\n";
}

} // namespace signet::pki
