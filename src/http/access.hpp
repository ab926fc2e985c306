// Who may ask what. The Host and Origin checks stop web pages elsewhere from reaching weir through
// a visitor's browser (DNS rebinding, cross-site requests); the token guards what is reachable from
// other machines. Safe from any thread.
//
//   listen address   Host must be                                        needs the token
//   loopback         a loopback address, localhost, or in admin.hosts     nothing
//   another address  that address, or in admin.hosts                      all but the open paths
//   every address    any IP address, localhost, or in admin.hosts;        all but the open paths
//                    for the open paths anything
//
// A page of weir may trade the token for a session (see session.hpp), whose cookie then stands for
// it. What a cookie vouches for and changes something must also name its Origin, which must be
// weir's own: browsers send cookies along by themselves.
//
// The open paths are /metrics, /livez and /readyz. On every address they take any Host, because
// Prometheus and Kubernetes use names and addresses that weir cannot know; they are readable there
// by whoever reaches the port anyway. An IP address as Host cannot come from DNS rebinding, which
// needs a name. Ports of a Host are not compared: a forwarded port is a different one. A request
// without a Host is let through in HTTP/1.0 only, which health checks speak and browsers do not.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"
#include "http/session.hpp"
#include "net/hosts.hpp"
#include "net/log_limit.hpp"

namespace weir::http {

struct AccessRules {
  /// As the user wrote it: a name or an address, empty for every address.
  std::string listen_host;
  /// The address that the server is bound to.
  std::string bound_address;
  /// admin.hosts: further names, with a port if only that port shall do.
  std::vector<std::string> hosts;
  std::optional<std::string> token;
  /// The port that the server is bound to.
  std::uint16_t bound_port = 0;
};

class Access {
 public:
  explicit Access(AccessRules rules);

  /// The refusal of a request, or nothing if it may go on. `open`: the path needs no token.
  std::optional<Response> refuse(const Request& request, bool open) const;

  /// As refuse(), for what holds no data, such as the page that asks for the token: that needs
  /// none.
  std::optional<Response> refuse_page(const Request& request) const;

  /// Answers POST and DELETE /api/v1/session: trades the token for a session's cookie, or ends it.
  Response session(const Request& request) const;

  /// True if other machines may reach the server.
  bool exposed() const noexcept { return !hosts_.loopback(); }

 private:
  std::optional<Response> refuse_origin(const Request& request, const net::Authority* host) const;
  std::optional<Response> refuse_source(const Request& request, bool open) const;
  std::optional<Response> refuse_bearer(const Request& request) const;
  std::optional<Response> refuse_session(const Request& request, std::string_view session) const;
  std::optional<Response> refuse_token(const Request& request) const;

  void tell_refusal(const Request& request, std::string_view what) const;

  AccessRules rules_;
  net::Hosts hosts_;
  /// For those that are made of this Access alone.
  std::unique_ptr<EndedSessions> ended_;
  std::unique_ptr<net::LogLimit> told_;
};

/// Tokens that are shorter can be guessed.
inline constexpr std::size_t token_bytes_min = 8;

/// Reads a token file: its text without blanks around it. Throws std::runtime_error with a clear
/// text if it cannot be read, is empty or too short, or holds what no header can carry.
std::string read_token(const std::string& path);

/// What is wrong with who may read a token file; empty if only its owner and group can.
std::string token_file_warning(const std::string& path);

}  // namespace weir::http
