//! Sockets and names of the network. Everything is reachable as `net::name`.

mod address;
mod interface;
mod message;
mod options;
mod resolve;
mod socket;

pub use address::{Address, inet_aton, inet_ntop, inet_pton};
pub use interface::*;
pub use message::{ControlMessage, Received, cmsg_len, cmsg_space, recvmsg, sendmsg};
pub use options::*;
pub(crate) use resolve::hold;
pub use resolve::{
    AddressInfo, Host, HostError, ResolveError, getaddrinfo, gethostbyaddr, gethostbyname, getnameinfo, getprotobyname,
    getservbyname, getservbyport,
};
pub use socket::*;

#[cfg(test)]
mod tests;
