#include "server/answer_order.h"

#include <gtest/gtest.h>

namespace muster::server {
namespace {

// Writes answers as "rid=text;" and shows what has left.
class AnswerOrderTest : public testing::Test {
 protected:
  RequestId begin(std::string_view rid = {}) { return order_.begin_request(rid); }
  RequestId waiting(std::string_view rid = {}) {
    const RequestId id = begin(rid);
    order_.end_request();
    return id;
  }
  bool answer(RequestId request, std::string_view text) {
    const auto place = order_.place(request, &out_);
    if (!place) return false;
    place->chunk->bytes += std::string(place->rid) + "=" + std::string(text) + ";";
    order_.answered(request, &out_);
    return true;
  }
  void answered_at_once(std::string_view text, std::string_view rid = {}) {
    const RequestId id = begin(rid);
    answer(id, text);
    order_.end_request();
  }

  AnswerOrder order_;
  Chunk out_;
};

TEST_F(AnswerOrderTest, AnswersAtOnceWhenNothingWaits) {
  answered_at_once("a");
  answered_at_once("b", "7");
  EXPECT_EQ(out_.bytes, "=a;7=b;");
  EXPECT_EQ(order_.unanswered(), 0U);
}

TEST_F(AnswerOrderTest, AWaitingRequestWithoutRidHoldsEveryLaterAnswer) {
  const RequestId first = waiting();
  answered_at_once("b");
  answered_at_once("c", "7");
  EXPECT_EQ(out_.bytes, "");
  EXPECT_EQ(order_.unanswered(), 1U);
  answer(first, "a");
  EXPECT_EQ(out_.bytes, "=a;=b;7=c;");
  answered_at_once("d");
  EXPECT_EQ(out_.bytes, "=a;=b;7=c;=d;");
}

TEST_F(AnswerOrderTest, AWaitingRequestWithRidHoldsNone) {
  const RequestId first = waiting("1");
  answered_at_once("b");
  EXPECT_EQ(out_.bytes, "=b;");
  answer(first, "a");
  EXPECT_EQ(out_.bytes, "=b;1=a;");
}

TEST_F(AnswerOrderTest, AHeldRequestWithRidIsFreeOnceItsHolderWasAnswered) {
  const RequestId barrier = waiting();
  const RequestId tagged = waiting("2");
  answered_at_once("c");
  answer(barrier, "a");
  EXPECT_EQ(out_.bytes, "=a;=c;");
  answer(tagged, "b");
  EXPECT_EQ(out_.bytes, "=a;=c;2=b;");
  EXPECT_EQ(order_.unanswered(), 0U);
}

TEST_F(AnswerOrderTest, EachOfManyThatWaitKeepsItsRid) {
  const RequestId one = waiting("1");
  const RequestId two = waiting("2");
  answer(two, "b");
  answer(one, "a");
  const RequestId three = waiting("3");
  const RequestId four = waiting("4");
  answer(three, "c");
  answer(four, "d");
  EXPECT_EQ(out_.bytes, "2=b;1=a;3=c;4=d;");
}

TEST_F(AnswerOrderTest, ARequestWithRidFromBeforeTheBarrierIsNotHeldByIt) {
  const RequestId tagged = waiting("1");
  waiting();
  answer(tagged, "a");
  EXPECT_EQ(out_.bytes, "1=a;");
}

TEST_F(AnswerOrderTest, SecondBarrierTakesOver) {
  const RequestId one = waiting();
  const RequestId two = waiting();
  answered_at_once("c");
  EXPECT_TRUE(answer(two, "b"));
  EXPECT_EQ(out_.bytes, "");
  answer(one, "a");
  EXPECT_EQ(out_.bytes, "=a;=b;=c;");

  const RequestId three = waiting();
  const RequestId four = waiting();
  answer(three, "d");
  EXPECT_EQ(out_.bytes, "=a;=b;=c;=d;");
  answered_at_once("f");
  answer(four, "e");
  EXPECT_EQ(out_.bytes, "=a;=b;=c;=d;=e;=f;");
}

TEST_F(AnswerOrderTest, HasNoPlaceForASecondAnswer) {
  const RequestId one = waiting();
  const RequestId two = waiting("2");
  EXPECT_TRUE(answer(two, "b"));
  EXPECT_FALSE(answer(two, "b"));
  EXPECT_TRUE(answer(one, "a"));
  EXPECT_FALSE(answer(one, "a"));
  EXPECT_FALSE(answer(two, "b"));
  EXPECT_FALSE(answer(RequestId(99), "x"));
}

TEST_F(AnswerOrderTest, NamesTheAssignmentsItHolds) {
  const RequestId barrier = waiting();
  const RequestId held = begin();
  const auto place = order_.place(held, &out_);
  ASSERT_TRUE(place.has_value());
  place->chunk->bytes += "job";
  place->chunk->deliveries.push_back({JobSeq(3), LeaseToken(4), 3});
  order_.answered(held, &out_);
  order_.end_request();
  ASSERT_EQ(order_.held_deliveries().size(), 1U);
  EXPECT_EQ(order_.held_deliveries()[0].job, JobSeq(3));
  answer(barrier, "a");
  EXPECT_TRUE(order_.held_deliveries().empty());
  ASSERT_EQ(out_.deliveries.size(), 1U);
  EXPECT_EQ(out_.deliveries[0].end, out_.bytes.size());
}

}  // namespace
}  // namespace muster::server
