#include "pki/objects.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <climits>

namespace signet::pki {

std::string take_text(BIO* memory)
{
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(memory, &bytes);
    return size > 0 ? std::string(bytes, static_cast<size_t>(size)) : std::string();
}

Secret take_secret(BIO* memory)
{
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(memory, &bytes);
    if (size <= 0) return {};
    Secret secret{std::string_view(bytes, static_cast<size_t>(size))};
    wipe(bytes, static_cast<size_t>(size));
    return secret;
}

BioPtr reader_of(std::string_view bytes)
{
    if (bytes.size() > INT_MAX) return nullptr;
    return BioPtr(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

std::string name_text(const X509_NAME* name)
{
    BioPtr bio(BIO_new(BIO_s_mem()));
    if (!bio || X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253) < 0) {
        forget_errors();
        return {};
    }
    return take_text(bio.get());
}

std::string hex_text(std::string_view bytes, bool colons)
{
    std::string text;
    for (const char byte : bytes) {
        if (colons && !text.empty()) text += ':';
        append_hex(text, static_cast<unsigned char>(byte), 2);
    }
    return text;
}

std::string serial_text(const ASN1_INTEGER* serial)
{
    const BignumPtr number(ASN1_INTEGER_to_BN(serial, nullptr));
    if (!number) {
        forget_errors();
        return {};
    }
    std::string bytes(static_cast<size_t>(BN_num_bytes(number.get())), '\0');
    BN_bn2bin(number.get(), reinterpret_cast<unsigned char*>(bytes.data()));
    std::string text = bytes.empty() ? "00" : hex_text(bytes, false);
    return BN_is_negative(number.get()) ? "-" + text : text;
}

time_t seconds_of(const ASN1_TIME* time)
{
    tm parts{};
    if (!time || ASN1_TIME_to_tm(time, &parts) != 1) {
        forget_errors();
        return 0;
    }
    return timegm(&parts);
}

std::string visible(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) {
            out += "\\x";
            append_hex(out, byte, 2);
        } else {
            out += c;
        }
    }
    return out;
}

namespace {

std::string one_general_name(const GENERAL_NAME* name)
{
    const auto bytes = [](const ASN1_STRING* string) {
        return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
                           static_cast<size_t>(ASN1_STRING_length(string)));
    };
    switch (name->type) {
    case GEN_DNS: return visible(bytes(name->d.dNSName));
    case GEN_EMAIL: return "email:" + visible(bytes(name->d.rfc822Name));
    case GEN_URI: return "URI:" + visible(bytes(name->d.uniformResourceIdentifier));
    case GEN_DIRNAME: return "DN:" + name_text(name->d.directoryName);
    case GEN_IPADD: {
        const std::string address = bytes(name->d.iPAddress);
        char text[INET6_ADDRSTRLEN];
        const bool masked = address.size() == 8 || address.size() == 32; // of NameConstraints
        const size_t size = masked ? address.size() / 2 : address.size();
        if (size != 4 && size != 16) break;
        const int family = size == 4 ? AF_INET : AF_INET6;
        if (!inet_ntop(family, address.data(), text, sizeof text)) break;
        std::string out = text;
        if (masked && inet_ntop(family, address.data() + size, text, sizeof text)) {
            out.append("/").append(text);
        }
        return out;
    }
    default: break;
    }
    return "another kind of name";
}

} // namespace

std::vector<std::string> general_names_text(const GENERAL_NAMES* names)
{
    std::vector<std::string> texts;
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names); i++) {
        texts.push_back(one_general_name(sk_GENERAL_NAME_value(names, i)));
    }
    return texts;
}

} // namespace signet::pki
