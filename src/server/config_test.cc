#include "server/config.h"

#include <gtest/gtest.h>

namespace muster::server {
namespace {

std::string problem(const RawServerOptions& raw) {
  const auto config = validate(raw);
  return config.ok() ? "" : config.error();
}

TEST(Config, HasTheDocumentedDefaults) {
  const auto config = validate({});
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->host, "127.0.0.1");
  EXPECT_EQ(config->port, 8080);
  EXPECT_EQ(config->data, "./muster-data");
  EXPECT_EQ(config->durability, Durability::kSync);
  EXPECT_FALSE(config->insecure);
}

TEST(Config, ReadsEveryFlag) {
  const auto config = validate({.listen = "[::1]:0",
                                .data = "/d",
                                .durability = "async",
                                .sync_interval = "7",
                                .max_line = "65536",
                                .job_memory = "3",
                                .insecure = true});
  ASSERT_TRUE(config.ok()) << config.error();
  EXPECT_EQ(config->host, "::1");
  EXPECT_EQ(config->port, 0);
  EXPECT_EQ(config->data, "/d");
  EXPECT_EQ(config->durability, Durability::kAsync);
  EXPECT_EQ(config->sync_interval, Duration::milliseconds(7));
  EXPECT_EQ(config->request_line, 65536U);
  EXPECT_EQ(config->job_memory, 3U << 20);
  EXPECT_TRUE(config->insecure);
}

TEST(Config, NamesTheFlagThatIsWrong) {
  for (const char* listen : {"", "8080", "host", ":1", "host:", "host:65536", "host:-1", "host:1x",
                             "::1:80", "[]:80", "[host]:80"}) {
    EXPECT_NE(problem({.listen = listen}).find("--listen"), std::string::npos) << listen;
  }
  EXPECT_NE(problem({.durability = "fsync"}).find("--durability"), std::string::npos);
  EXPECT_NE(problem({.data = ""}).find("--data"), std::string::npos);
  EXPECT_NE(problem({.sync_interval = "5"}).find("--sync-interval"), std::string::npos);
  EXPECT_NE(problem({.durability = "async", .sync_interval = "0"}).find("--sync-interval"),
            std::string::npos);
  EXPECT_NE(problem({.max_line = "1"}).find("--max-line"), std::string::npos);
  EXPECT_NE(problem({.job_memory = "lots"}).find("--job-memory"), std::string::npos);
}

}  // namespace
}  // namespace muster::server
