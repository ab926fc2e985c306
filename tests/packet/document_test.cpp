#include "weir/document.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "weir/text.hpp"

namespace weir {
namespace {

struct Owned {
  Owned() : document(Document::create()) {}
  explicit Owned(Document* given) : document(given) {}
  ~Owned() { document->release(); }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  Document* operator->() const { return document; }
  Document* document;
};

std::string json(const Document& document) {
  std::string out;
  append_json(out, document.root());
  return out;
}

TEST(Document, KeepsTheOrderOfItsFields) {
  Owned document;
  document->set_root(Value::map({}));
  document->set("z", Value::integer(1));
  document->set("a", Value::boolean(true));
  document->set("m", document->copy_text("text"));
  EXPECT_EQ(json(*document.document), R"({"z":1,"a":true,"m":"text"})");
}

TEST(Document, ReplacesAFieldInItsPlace) {
  Owned document;
  document->set("a", Value::integer(1));
  document->set("b", Value::integer(2));
  document->set("a", Value::real(0.5));
  EXPECT_EQ(json(*document.document), R"({"a":0.5,"b":2})");
}

TEST(Document, GrowsToManyFieldsAndLongTexts) {
  Owned document;
  for (int i = 0; i < 500; ++i) {
    document->set("field" + std::to_string(i),
                  document->copy_text(std::string(static_cast<std::size_t>(i), 'x')));
  }
  EXPECT_EQ(document->root().fields().size(), 500u);
  EXPECT_EQ(document->find("field499")->as_text().size(), 499u);
  EXPECT_GT(document->size_bytes(), 100'000u);
}

TEST(Document, RemovesFields) {
  Owned document;
  document->set("a", Value::integer(1));
  document->set("b", Value::integer(2));
  EXPECT_TRUE(document->remove("a"));
  EXPECT_FALSE(document->remove("a"));
  EXPECT_EQ(json(*document.document), R"({"b":2})");
  document->set("c", Value::integer(3));
  EXPECT_EQ(json(*document.document), R"({"b":2,"c":3})");
}

TEST(Document, SetsItsFieldsAnew) {
  Owned document;
  document->set("a", Value::integer(1));
  document->set("b", document->copy_text("text"));
  const std::size_t before = document->size_bytes();
  const Field fewer[] = {{"c", *document->find("b")}};
  document->set_fields(fewer);
  EXPECT_EQ(json(*document.document), R"({"c":"text"})");
  EXPECT_EQ(document->size_bytes(), before) << "in the place of the old ones";
  document->set("d", Value::integer(2));
  EXPECT_EQ(json(*document.document), R"({"c":"text","d":2})");
  const std::vector<Field> more(20, {"e", Value()});
  document->set_fields(more);
  EXPECT_EQ(document->root().fields().size(), 20u);
  document->set_fields({});
  EXPECT_EQ(json(*document.document), "{}");
}

TEST(Document, BeginsAsLargeAsIsExpected) {
  for (const std::size_t expected : {0, 1, 300, 3000, 100'000}) {
    Owned document(Document::create(expected));
    document->set("text", document->copy_text(std::string(expected + 500, 'x')));
    Owned clone(document->clone());
    EXPECT_EQ(clone->find("text")->as_text().size(), expected + 500);
  }
}

TEST(Document, AdoptsBuffers) {
  Owned document;
  Bytes bytes = Bytes::copy("kept");
  const Buffer* buffer = bytes.owner();
  const std::string_view text = bytes.view();
  document->adopt(std::move(bytes));
  EXPECT_TRUE(buffer->unique());
  document->set("a", Value::text(text));
  Owned clone(document->clone());
  EXPECT_TRUE(buffer->has_only(2));
  EXPECT_EQ(clone->find("a")->as_text(), "kept");
}

TEST(Document, AnEmptyDocumentIsAnEmptyMap) {
  Owned document;
  EXPECT_EQ(document->root().kind(), ValueKind::map);
  EXPECT_EQ(json(*document.document), "{}");
}

TEST(Document, ACloneOutlivesItsOriginal) {
  Document* clone = nullptr;
  {
    Owned document;
    const Bytes outside = Bytes::copy("kept from outside");
    document->keep(outside.owner());
    document->set("outside", Value::text(outside.view()));
    document->set("arena", document->copy_text("kept in the arena"));
    const auto items = document->allocate_array<Value>(2);
    new (&items[0]) Value(Value::integer(1));
    new (&items[1]) Value(document->copy_text(std::string(5000, 'y')));
    document->set("list", Value::list(items));
    clone = document->clone();
  }
  Owned owned(clone);
  EXPECT_EQ(owned->find("outside")->as_text(), "kept from outside");
  EXPECT_EQ(owned->find("arena")->as_text(), "kept in the arena");
  EXPECT_EQ(owned->find("list")->items()[1].as_text(), std::string(5000, 'y'));
}

TEST(Document, KeepsManyBuffers) {
  Owned document;
  for (int i = 0; i < 40; ++i) {
    const Bytes bytes = Bytes::copy("buffer " + std::to_string(i));
    document->keep(bytes.owner());
    document->set("f" + std::to_string(i), Value::text(bytes.view()));
  }
  Owned clone(document->clone());
  EXPECT_EQ(clone->find("f39")->as_text(), "buffer 39");
}

TEST(Document, FindsNestedFieldsByPath) {
  Owned document;
  const auto inner = document->allocate_array<Field>(1);
  new (&inner[0]) Field{"method", Value::text("GET")};
  document->set("request", Value::map(inner));
  document->set("a.b", Value::integer(1));
  EXPECT_EQ(document->find_path("request.method")->as_text(), "GET");
  EXPECT_EQ(document->find_path("a.b")->as_integer(), 1) << "a name with a dot is found first";
  EXPECT_EQ(document->find_path("request.path"), nullptr);
  EXPECT_EQ(document->find_path("request.method.length"), nullptr);
}

TEST(Value, NumbersCompareByValue) {
  EXPECT_EQ(Value::integer(2), Value::real(2.0));
  EXPECT_FALSE(Value::integer(2) == Value::text("2"));
  EXPECT_EQ(Value::unsigned_integer(5), Value::integer(5));
}

}  // namespace
}  // namespace weir
