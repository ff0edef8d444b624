#include "modules/mod_mime/types.h"

#include <algorithm>

namespace signet::mod_mime {
namespace {

// No .gz, .br or .zst: they are codings of something else, and a type of theirs would hide its type
// in "page.html.gz".
constexpr std::string_view built_in = R"(
application/atom+xml            atom
application/epub+zip            epub
application/geo+json            geojson
application/java-archive        jar war ear
application/json                json map
application/jsonml+json         jsonml
application/ld+json             jsonld
application/manifest+json       webmanifest
application/mathml+xml          mathml
application/msword              doc dot
application/octet-stream        bin dms lrf mar so dist distz pkg bpk dump elc deploy img iso msi dll
application/ogg                 ogx
application/pdf                 pdf
application/pgp-encrypted       pgp
application/pgp-signature       asc sig
application/pkcs7-mime          p7m p7c
application/pkcs8               p8
application/pkix-cert           cer
application/pkix-crl            crl
application/postscript          ai eps ps
application/rdf+xml             rdf
application/rss+xml             rss
application/rtf                 rtf
application/sql                 sql
application/toml                toml
application/vnd.android.package-archive apk
application/vnd.apple.installer+xml mpkg
application/vnd.apple.mpegurl   m3u8
application/vnd.debian.binary-package deb udeb
application/vnd.google-earth.kml+xml kml
application/vnd.google-earth.kmz kmz
application/vnd.ms-excel        xls xlt xlm
application/vnd.ms-fontobject   eot
application/vnd.ms-powerpoint   ppt pps pot
application/vnd.oasis.opendocument.graphics odg
application/vnd.oasis.opendocument.presentation odp
application/vnd.oasis.opendocument.spreadsheet ods
application/vnd.oasis.opendocument.text odt
application/vnd.openxmlformats-officedocument.presentationml.presentation pptx
application/vnd.openxmlformats-officedocument.spreadsheetml.sheet xlsx
application/vnd.openxmlformats-officedocument.wordprocessingml.document docx
application/vnd.sqlite3         sqlite db
application/wasm                wasm
application/x-7z-compressed     7z
application/x-bittorrent        torrent
application/x-bzip              bz
application/x-bzip2             bz2
application/x-perl              pl pm
application/x-pkcs12            p12 pfx
application/x-redhat-package-manager rpm
application/x-sh                sh
application/x-tar               tar
application/x-tex               tex
application/x-x509-ca-cert      crt der
application/x-xz                xz
application/xhtml+xml           xhtml xht
application/xml                 xml xsl xsd
application/xml-dtd             dtd
application/xslt+xml            xslt
application/yaml                yaml yml
application/zip                 zip
audio/aac                       aac
audio/flac                      flac
audio/midi                      mid midi kar
audio/mp4                       m4a mp4a
audio/mpeg                      mp3 mp2 mpga
audio/ogg                       oga ogg spx opus
audio/webm                      weba
audio/x-aiff                    aif aiff
audio/x-mpegurl                 m3u
audio/x-wav                     wav
font/collection                 ttc
font/otf                        otf
font/ttf                        ttf
font/woff                       woff
font/woff2                      woff2
image/apng                      apng
image/avif                      avif
image/bmp                       bmp
image/gif                       gif
image/heic                      heic
image/jpeg                      jpeg jpg jpe
image/jxl                       jxl
image/png                       png
image/svg+xml                   svg svgz
image/tiff                      tiff tif
image/vnd.adobe.photoshop       psd
image/vnd.djvu                  djvu djv
image/vnd.microsoft.icon        ico
image/webp                      webp
image/x-portable-pixmap         ppm
image/x-xpixmap                 xpm
message/rfc822                  eml mime
model/gltf+json                 gltf
model/gltf-binary               glb
model/stl                       stl
text/cache-manifest             appcache
text/calendar                   ics ifb
text/css                        css
text/csv                        csv
text/html                       html htm shtml
text/javascript                 js mjs
text/markdown                   md markdown
text/plain                      txt text conf def list log in ini diff patch
text/richtext                   rtx
text/tab-separated-values       tsv
text/troff                      t tr roff man me ms
text/vcard                      vcard vcf
text/vtt                        vtt
text/x-c                        c cc cxx cpp h hh
text/x-java-source              java
text/x-python                   py
video/3gpp                      3gp
video/mp2t                      ts
video/mp4                       mp4 mp4v mpg4 m4v
video/mpeg                      mpeg mpg mpe m1v m2v
video/ogg                       ogv
video/quicktime                 qt mov
video/webm                      webm
video/x-flv                     flv
video/x-matroska                mkv mk3d mks
video/x-ms-wmv                  wmv
video/x-msvideo                 avi
)";

} // namespace

void Types::add(std::string_view lines)
{
    while (!lines.empty()) {
        const size_t end = std::min(lines.find('\n'), lines.size());
        const auto line = lines.substr(0, end);
        lines.remove_prefix(std::min(end + 1, lines.size()));
        if (line.starts_with('#')) continue;
        const auto words = split_words(line);
        for (size_t i = 1; i < words.size(); ++i) {
            by_extension_.insert_or_assign(lowercase(words[i]), std::string(words[0]));
        }
    }
}

void Types::add_built_in()
{
    add(built_in);
}

std::string_view Types::find(std::string_view extension) const
{
    const auto found = by_extension_.find(extension);
    return found == by_extension_.end() ? std::string_view{} : std::string_view(found->second);
}

} // namespace signet::mod_mime
