#include "pki/material.h"

#include "base/file.h"
#include "base/text.h"
#include "pki/pkcs12.h"

#include <climits>
#include <openssl/pem.h>
#include <unistd.h>

namespace signet::pki {
namespace {

using Bytes = std::span<const unsigned char>;
constexpr size_t largest_file = size_t{16} << 20;

// One block of a PEM text.
struct Block {
    std::string name{}, header{};
    Secret bytes{};
};

// The next block, nothing at the end of the text, or why a block is damaged.
Result<std::optional<Block>> next_block(BIO* bio)
{
    char* name = nullptr;
    char* header = nullptr;
    unsigned char* data = nullptr;
    long length = 0;
    if (PEM_read_bio(bio, &name, &header, &data, &length) != 1) {
        const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
        const std::string reasons = drain_errors();
        if (at_end) return std::optional<Block>();
        return fail(Error::Kind::malformed, reasons);
    }
    Block block{name, header, Secret(Bytes(data, static_cast<size_t>(length)))};
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, static_cast<size_t>(length));
    return block;
}

// True when the d2i function takes all of the bytes.
template <auto Decode, class Pointer> bool decode(Bytes bytes, Pointer& result)
{
    const unsigned char* at = bytes.data();
    result.reset(Decode(nullptr, &at, static_cast<long>(bytes.size())));
    const bool whole = result && at == bytes.data() + bytes.size();
    if (!whole) result.reset();
    forget_errors();
    return whole;
}

class Parser {
public:
    Parser(std::string_view path, const AskPassPhrase& ask)
        : path_(path)
        , ask_(ask)
    {
        found_.path = path;
    }

    Result<Material> pem(std::string_view text)
    {
        found_.form = "PEM";
        if (text.starts_with("\xEF\xBB\xBF")) {
            text.remove_prefix(3);
            found_.remarks.emplace_back(
                "begins with a byte order mark, which most programs cannot read past");
        }
        const BioPtr bio = reader_of(text);
        for (int number = 1; bio; number++) {
            auto block = next_block(bio.get());
            if (!block) return damaged(number, block.error().text);
            if (!*block) break;
            if (auto taken = take(**block); !taken) {
                if (taken.error().kind == Error::Kind::denied)
                    return std::unexpected(taken.error());
                return damaged(number, taken.error().text);
            }
        }
        if (found_.is_empty()) {
            return fail(Error::Kind::not_found,
                        path_
                            + ": has a BEGIN line, but no certificate, key, request or revocation "
                              "list that begins at the start of a line");
        }
        return std::move(found_);
    }

    Result<Material> der(Bytes bytes)
    {
        found_.form = "DER";
        X509Ptr x509;
        Pkcs12Ptr pkcs12;
        Pkcs7Ptr pkcs7;
        CrlPtr crl;
        RequestPtr request;
        EvpKeyPtr public_key;
        if (decode<d2i_X509>(bytes, x509)) {
            found_.certificates.emplace_back(std::move(x509));
        } else if (decode<d2i_PKCS12>(bytes, pkcs12)) {
            if (auto opened = open_pkcs12(std::move(pkcs12)); !opened)
                return std::unexpected(opened.error());
        } else if (decode<d2i_PKCS7>(bytes, pkcs7)) {
            found_.form = "PKCS#7";
            take_pkcs7(*pkcs7);
        } else if (decode<d2i_X509_CRL>(bytes, crl)) {
            found_.revocation_lists.push_back(std::move(crl));
        } else if (decode<d2i_X509_REQ>(bytes, request)) {
            found_.requests.push_back(std::move(request));
        } else if (decode<d2i_PUBKEY>(bytes, public_key)) {
            found_.public_keys.push_back(std::move(public_key));
        } else {
            auto key = PrivateKey::parse(
                {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path_, counting());
            if (key) {
                found_.keys.push_back(std::move(*key));
            } else if (key.error().kind == Error::Kind::denied) {
                return std::unexpected(key.error());
            }
        }
        if (found_.is_empty()) {
            return fail(Error::Kind::not_found,
                        path_ + ": holds no certificate, key, request or revocation list");
        }
        return std::move(found_);
    }

private:
    [[nodiscard]] std::unexpected<Error> damaged(int number, const std::string& why) const
    {
        return fail(Error::Kind::malformed,
                    path_ + ": block number " + std::to_string(number) + " is damaged: " + why);
    }

    AskPassPhrase counting()
    {
        if (!ask_) return {};
        return [this](int attempt) {
            found_.was_encrypted = true;
            return ask_(attempt);
        };
    }

    Result<void> take(const Block& block)
    {
        const std::string_view name = block.name;
        const Bytes bytes = block.bytes.bytes();
        if (name.ends_with("PRIVATE KEY")) return take_key(block);
        if (name == PEM_STRING_X509 || name == PEM_STRING_X509_OLD) {
            X509Ptr x509;
            return decode<d2i_X509>(bytes, x509) ? keep(found_.certificates, std::move(x509))
                                                 : refuse(name);
        }
        if (name == PEM_STRING_X509_TRUSTED) {
            X509Ptr x509;
            return decode<d2i_X509_AUX>(bytes, x509) ? keep(found_.certificates, std::move(x509))
                                                     : refuse(name);
        }
        if (name == PEM_STRING_X509_REQ || name == PEM_STRING_X509_REQ_OLD) {
            RequestPtr request;
            return decode<d2i_X509_REQ>(bytes, request) ? keep(found_.requests, std::move(request))
                                                        : refuse(name);
        }
        if (name == PEM_STRING_X509_CRL) {
            CrlPtr crl;
            return decode<d2i_X509_CRL>(bytes, crl) ? keep(found_.revocation_lists, std::move(crl))
                                                    : refuse(name);
        }
        if (name == PEM_STRING_PUBLIC) {
            EvpKeyPtr key;
            return decode<d2i_PUBKEY>(bytes, key) ? keep(found_.public_keys, std::move(key))
                                                  : refuse(name);
        }
        if (name == PEM_STRING_PKCS7 || name == "CMS") {
            Pkcs7Ptr pkcs7;
            if (!decode<d2i_PKCS7>(bytes, pkcs7)) return refuse(name);
            found_.form = "PKCS#7";
            take_pkcs7(*pkcs7);
            return {};
        }
        if (name != PEM_STRING_ECPARAMETERS && name != PEM_STRING_DHPARAMS)
            found_.remarks.push_back("a block \"" + visible(name) + "\" was skipped");
        return {};
    }

    template <class List, class Pointer> static Result<void> keep(List& list, Pointer object)
    {
        list.emplace_back(std::move(object));
        return {};
    }
    static Result<void> refuse(std::string_view name)
    {
        return fail(Error::Kind::malformed, "what it holds is no " + lowercase(visible(name)));
    }

    Result<void> take_key(const Block& block)
    {
        const BioPtr bio(BIO_new(BIO_s_mem()));
        const auto bytes = block.bytes.bytes();
        if (!bio
            || PEM_write_bio(bio.get(), block.name.c_str(), block.header.c_str(), bytes.data(),
                             static_cast<long>(bytes.size()))
                   <= 0) {
            return fail_openssl("key");
        }
        const Secret text = take_secret(bio.get());
        auto key = PrivateKey::parse(text.text(), path_, counting());
        if (!key) return std::unexpected(key.error());
        found_.keys.push_back(std::move(*key));
        return {};
    }

    void take_pkcs7(const PKCS7& pkcs7)
    {
        const STACK_OF(X509)* certificates = nullptr;
        const STACK_OF(X509_CRL)* lists = nullptr;
        if (PKCS7_type_is_signed(&pkcs7) && pkcs7.d.sign) {
            certificates = pkcs7.d.sign->cert;
            lists = pkcs7.d.sign->crl;
        }
        for (int i = 0; certificates && i < sk_X509_num(certificates); i++) {
            X509* one = sk_X509_value(certificates, i);
            X509_up_ref(one);
            found_.certificates.emplace_back(X509Ptr(one));
        }
        for (int i = 0; lists && i < sk_X509_CRL_num(lists); i++) {
            X509_CRL* one = sk_X509_CRL_value(lists, i);
            X509_CRL_up_ref(one);
            found_.revocation_lists.emplace_back(one);
        }
    }

    Result<void> open_pkcs12(Pkcs12Ptr pkcs12)
    {
        found_.form = "PKCS#12";
        auto contents = pki::open_pkcs12(*pkcs12, path_, counting());
        if (!contents) return std::unexpected(contents.error());
        found_.certificates = std::move(contents->certificates);
        if (contents->key) found_.keys.push_back(std::move(*contents->key));
        return {};
    }

    std::string path_;
    const AskPassPhrase& ask_;
    Material found_;
};

Result<std::string> read_standard_input()
{
    std::string bytes;
    char buffer[65536];
    while (true) {
        const ssize_t got = ::read(STDIN_FILENO, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno("standard input");
        if (got == 0) return bytes;
        bytes.append(buffer, static_cast<size_t>(got));
        if (bytes.size() > largest_file)
            return fail(Error::Kind::too_large, "standard input: larger than 16 MiB");
    }
}

} // namespace

Result<Material> parse_material(std::string_view bytes, std::string_view path,
                                const AskPassPhrase& ask)
{
    if (bytes.size() > largest_file)
        return fail(Error::Kind::too_large, std::string(path) + ": larger than 16 MiB");
    if (bytes.empty()) return fail(Error::Kind::not_found, std::string(path) + ": is empty");
    Parser parser(path, ask);
    // A DER object begins with SEQUENCE; the text of a name inside it may look like PEM.
    const bool is_der = bytes.size() > 1 && bytes[0] == 0x30 && !is_space(bytes[1]);
    if (!is_der && bytes.find("-----BEGIN ") != bytes.npos) return parser.pem(bytes);
    return parser.der({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
}

Result<Material> load_material(const std::string& path, const AskPassPhrase& ask)
{
    auto bytes = path == "-" ? read_standard_input() : read_file(path, largest_file);
    if (!bytes) return std::unexpected(bytes.error());
    auto material = parse_material(*bytes, path == "-" ? "standard input" : path, ask);
    wipe(bytes->data(), bytes->size());
    return material;
}

Certificate share(const Certificate& certificate)
{
    X509_up_ref(certificate.get());
    return Certificate(X509Ptr(certificate.get()));
}

} // namespace signet::pki
