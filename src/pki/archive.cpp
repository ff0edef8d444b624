#include "pki/archive.h"

#include "base/text.h"
#include "pki/objects.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <openssl/pem.h>

namespace signet::pki {
namespace {

// pax(1), "ustar Interchange Format": texts and octal numbers in blocks of 512 bytes.
constexpr size_t block = 512;
constexpr int iterations = 300'000;

struct Field {
    size_t at, size;
};
constexpr Field name_field{0, 100}, mode_field{100, 8}, size_field{124, 12}, sum_field{148, 8},
    prefix_field{345, 155};

void put_octal(std::string& header, Field field, unsigned long value)
{
    char text[16];
    std::snprintf(text, sizeof text, "%0*lo", static_cast<int>(field.size - 1), value);
    header.replace(field.at, field.size - 1, text, field.size - 1);
}

unsigned long sum_of(std::string_view header)
{
    unsigned long sum = 0;
    for (size_t i = 0; i < block; i++) {
        const bool in_sum = i >= sum_field.at && i < sum_field.at + sum_field.size;
        sum += in_sum ? ' ' : static_cast<unsigned char>(header[i]);
    }
    return sum;
}

Result<std::string> header_of(const ArchivedFile& file)
{
    std::string name = file.path, prefix;
    if (name.size() > name_field.size) {
        const size_t slash = name.find('/', name.size() - name_field.size - 1);
        if (slash == name.npos || slash == 0 || slash > prefix_field.size)
            return fail(file.path + ": the path is too long for an archive");
        prefix = name.substr(0, slash);
        name = name.substr(slash + 1);
    }
    std::string header(block, '\0');
    header.replace(name_field.at, name.size(), name);
    header.replace(prefix_field.at, prefix.size(), prefix);
    put_octal(header, mode_field, file.mode & 07777U);
    put_octal(header, {108, 8}, 0);  // user
    put_octal(header, {116, 8}, 0);  // group
    put_octal(header, {136, 12}, 0); // time
    put_octal(header, size_field, file.bytes.bytes().size());
    header[156] = '0'; // a plain file
    header.replace(257, 8,
                   std::string("ustar\0"
                               "00",
                               8));
    put_octal(header, sum_field, sum_of(header));
    return header;
}

std::string_view text_field(std::string_view header, Field field)
{
    const std::string_view text = header.substr(field.at, field.size);
    return text.substr(0, std::min(text.find('\0'), text.size()));
}

std::optional<unsigned long> octal_field(std::string_view header, Field field)
{
    return parse_number<unsigned long>(trim(text_field(header, field)), 8);
}

Result<std::vector<ArchivedFile>> read_tar(std::string_view bytes)
{
    std::vector<ArchivedFile> files;
    while (bytes.size() >= block && bytes[0] != '\0') {
        const auto header = bytes.substr(0, block);
        const auto size = octal_field(header, size_field), mode = octal_field(header, mode_field),
                   sum = octal_field(header, sum_field);
        if (!size || !mode || sum != sum_of(header) || *size > bytes.size() - block)
            return fail(Error::Kind::malformed, "the archive is damaged");
        std::string path(text_field(header, prefix_field));
        if (!path.empty()) path += '/';
        path += text_field(header, name_field);
        files.push_back({.path = path,
                         .mode = static_cast<unsigned>(*mode),
                         .bytes = Secret(bytes.substr(block, *size))});
        const size_t whole = block + (*size + block - 1) / block * block;
        bytes.remove_prefix(std::min(whole, bytes.size()));
    }
    return files;
}

} // namespace

Result<std::string> seal_archive(const std::vector<ArchivedFile>& files, const Secret& phrase)
{
    std::string tar;
    const auto wiped = [&](auto result) {
        wipe(tar.data(), tar.size());
        return result;
    };
    for (const auto& file : files) {
        auto header = header_of(file);
        if (!header) return wiped(header);
        std::string grown;
        grown.reserve(tar.size() + block * 2 + file.bytes.bytes().size());
        grown.append(tar).append(*header).append(file.bytes.text());
        grown.resize((grown.size() + block - 1) / block * block, '\0');
        std::swap(tar, grown);
        wipe(grown.data(), grown.size());
    }
    tar.append(2 * block, '\0');
    const BioPtr plain = reader_of(tar);
    // AES-GCM: who changes the archive is noticed.   RFC 5083
    CmsPtr cms(CMS_encrypt(nullptr, nullptr, EVP_aes_256_gcm(), CMS_BINARY | CMS_PARTIAL));
    const auto size = phrase.text().size();
    auto* copy = static_cast<unsigned char*>(OPENSSL_memdup(phrase.text().data(), size));
    if (!plain || !cms || !copy
        || !CMS_add0_recipient_password(cms.get(), iterations, NID_id_alg_PWRI_KEK, -1, copy,
                                        static_cast<ossl_ssize_t>(size), EVP_aes_256_cbc())) {
        OPENSSL_clear_free(copy, size);
        return wiped(Result<std::string>(fail_openssl("archive")));
    } // the copy is the container's now
    auto sealed = Result<std::string>(fail("archive"));
    if (CMS_final(cms.get(), plain.get(), nullptr, CMS_BINARY) == 1) {
        sealed = written("archive", [&](BIO* bio) { return PEM_write_bio_CMS(bio, cms.get()); });
    } else {
        sealed = fail_openssl("archive");
    }
    return wiped(std::move(sealed));
}

Result<std::vector<ArchivedFile>> open_archive(std::string_view pem, const Secret& phrase)
{
    const BioPtr bio = reader_of(pem);
    const CmsPtr cms(bio ? PEM_read_bio_CMS(bio.get(), nullptr, nullptr, nullptr) : nullptr);
    if (!cms) {
        forget_errors();
        return fail(Error::Kind::malformed, "is no backup: it does not begin with BEGIN CMS");
    }
    // Only borrowed, and not changed.
    auto* text = reinterpret_cast<unsigned char*>(const_cast<char*>(phrase.text().data()));
    const BioPtr out(BIO_new(BIO_s_mem()));
    if (!out
        || CMS_decrypt_set1_password(cms.get(), text,
                                     static_cast<ossl_ssize_t>(phrase.text().size()))
               != 1
        || CMS_decrypt(cms.get(), nullptr, nullptr, nullptr, out.get(), CMS_BINARY) != 1) {
        forget_errors();
        return fail(Error::Kind::denied, "the pass phrase is wrong");
    }
    const Secret tar = take_secret(out.get());
    return read_tar(tar.text());
}

} // namespace signet::pki
