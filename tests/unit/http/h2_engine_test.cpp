// The engine on bytes alone: a client's frames in, the server's out.
#include "http/h2_engine.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace signet::http {
namespace {

using namespace std::string_literals;

const std::string preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"s;

std::string frame(uint8_t type, uint8_t flags, uint32_t stream, const std::string& payload)
{
    std::string bytes;
    for (const int shift : {16, 8, 0}) bytes += static_cast<char>(payload.size() >> shift & 0xff);
    bytes += static_cast<char>(type);
    bytes += static_cast<char>(flags);
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(stream >> shift & 0xff);
    return bytes + payload;
}

// GET / of http://a, every field literal or from the static table.
const std::string get = "\x82\x86\x84\x41\x01"s + "a";

class Recorder final : public H2Handler {
public:
    bool frame_begins(const H2Frame& one) override
    {
        frames.push_back(one.type);
        return frames.size() <= most_frames;
    }
    H2Stream& stream_opened(int32_t) override { return stream; }
    bool field(H2Stream&, std::string_view name, std::string_view value, bool) override
    {
        fields.append(name).append("=").append(value).append(" ");
        return true;
    }
    void head_complete(H2Stream&, bool ends) override { fields += ends ? "." : "…"; }
    void data(H2Stream&, std::string_view bytes) override { body += bytes; }
    void input_complete(H2Stream&) override { complete = true; }
    void stream_closed(H2Stream&, H2Code) override { closed = true; }
    bool stream_refused(int32_t, std::string_view) override { return true; }
    void head_too_long() override {}
    H2Piece next_piece(H2Stream&, size_t limit) override
    {
        const size_t size = std::min(limit, answer.size());
        return {size, size == answer.size() ? H2Piece::State::last : H2Piece::State::more};
    }
    bool put_piece(H2Stream&, std::string_view head, size_t size, size_t) override
    {
        output.append(head).append(answer, 0, size);
        answer.erase(0, size);
        return true;
    }
    size_t frame_size() override { return 16375; }
    void answered(H2Stream&, bool) override {}
    void promise_sent(H2Stream&) override {}
    void promise_dropped(int32_t) override {}

    H2Stream stream;
    std::vector<H2FrameType> frames;
    size_t most_frames = 1000;
    std::string fields, body, answer = "hello", output;
    bool complete = false, closed = false;
};

void drain(H2Engine& engine, Recorder& recorder)
{
    for (auto bytes = engine.next_output(); !bytes.empty(); bytes = engine.next_output())
        recorder.output += bytes;
}

TEST(H2Priority, TakesWhatItKnowsAndNothingElse)
{
    const auto is = [](std::string_view value, unsigned urgency, bool incremental) {
        const auto priority = parse_priority(value);
        return priority.urgency == urgency && priority.incremental == incremental;
    };
    EXPECT_TRUE(is("", 3, false));
    EXPECT_TRUE(is("u=0", 0, false));
    EXPECT_TRUE(is("i, u=7", 7, true));
    EXPECT_TRUE(is(" u=1;x=2 ,\ti=?1", 1, true));
    EXPECT_TRUE(is("u=5, u=2, i, i=?0", 2, false));
    EXPECT_TRUE(is("u=8, i=1", 3, false));
    EXPECT_TRUE(is("u=10, u=-1, u, xu=4, =, ,,", 3, false));
}

TEST(H2Engine, UnderstandsFramesThatArriveByteByByte)
{
    Recorder recorder;
    H2Engine engine(recorder, {});
    const std::string bytes = preface + frame(4, 0, 0, "") + frame(1, 4, 1, get)
                              + frame(0, 0, 1, "bo") + frame(0, 1, 1, "dy");
    for (const char c : bytes) ASSERT_TRUE(engine.receive({&c, 1}));
    EXPECT_EQ(recorder.fields, ":method=GET :scheme=http :path=/ :authority=a …");
    EXPECT_EQ(recorder.body, "body");
    EXPECT_TRUE(recorder.complete);
    EXPECT_EQ(recorder.frames.size(), 4U);
}

TEST(H2Engine, SendsHeadAndBodyAndForgetsTheStream)
{
    Recorder recorder;
    H2Engine engine(recorder, {});
    ASSERT_TRUE(engine.receive(preface + frame(4, 0, 0, "") + frame(1, 5, 1, get)));
    engine.add_field(":status", "200");
    engine.send_head(recorder.stream, true);
    drain(engine, recorder);
    EXPECT_NE(recorder.output.find("hello"), std::string::npos);
    EXPECT_TRUE(recorder.closed);
}

TEST(H2Engine, RefusesFramesAfterTheEndOfAStream)
{
    Recorder recorder;
    H2Engine engine(recorder, {});
    ASSERT_TRUE(engine.receive(preface + frame(4, 0, 0, "") + frame(1, 5, 1, get)));
    engine.add_field(":status", "204");
    engine.send_head(recorder.stream, false);
    drain(engine, recorder);
    ASSERT_TRUE(recorder.closed);
    EXPECT_FALSE(engine.receive(frame(0, 1, 1, "late")));
    recorder.output.clear();
    drain(engine, recorder);
    // GOAWAY: last stream 1, STREAM_CLOSED.
    EXPECT_EQ(recorder.output, frame(7, 0, 0, "\0\0\0\x01\0\0\0\x05"s));
    EXPECT_TRUE(engine.is_over());
}

TEST(H2Engine, EndsTheConnectionWhenItsHandlerHasHadEnough)
{
    Recorder recorder;
    recorder.most_frames = 2;
    H2Engine engine(recorder, {});
    const std::string ping = frame(6, 0, 0, "12345678");
    EXPECT_FALSE(engine.receive(preface + frame(4, 0, 0, "") + ping + ping));
    drain(engine, recorder);
    EXPECT_TRUE(recorder.output.ends_with("\0\0\0\x0b"s)); // ENHANCE_YOUR_CALM
}

} // namespace
} // namespace signet::http
