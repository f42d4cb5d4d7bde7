//go:build linux

package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"syscall"
)

// Addresses inside the namespace. Every one of them is local there, so a test
// can listen on a fake pod's own address and be reached as that pod.
const (
	podCIDR  = "10.128.0.0/10" // large, so that no address is given twice: manifests/kwok.yaml
	nodeCIDR = "10.245.0.0/24"
)

// setupNetwork brings the loopback device up and makes the pod and node
// addresses local; the loopback device gets those of its own as well, since a
// kubelet looks for its node's address there. It needs CAP_NET_ADMIN in the
// namespace.
func setupNetwork(own ...string) error {
	lo, err := net.InterfaceByName("lo")
	if err != nil {
		return err
	}
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, syscall.NETLINK_ROUTE)
	if err != nil {
		return fmt.Errorf("netlink socket: %w", err)
	}
	defer syscall.Close(fd)
	if err := netlink(fd, syscall.RTM_NEWLINK, 0, linkUp(lo.Index)); err != nil {
		return fmt.Errorf("bringing lo up: %w", err)
	}
	for _, cidr := range []string{podCIDR, nodeCIDR} {
		_, prefix, err := net.ParseCIDR(cidr)
		if err != nil {
			return err
		}
		flags := uint16(syscall.NLM_F_CREATE | syscall.NLM_F_REPLACE)
		if err := netlink(fd, syscall.RTM_NEWROUTE, flags, localRoute(prefix, lo.Index)); err != nil {
			return fmt.Errorf("making %s local: %w", cidr, err)
		}
	}
	for _, ip := range own {
		flags := uint16(syscall.NLM_F_CREATE | syscall.NLM_F_REPLACE)
		if err := netlink(fd, syscall.RTM_NEWADDR, flags, hostAddress(net.ParseIP(ip), lo.Index)); err != nil {
			return fmt.Errorf("giving lo the address %s: %w", ip, err)
		}
	}
	return nil
}

// hostAddress is the ifaddrmsg of "ip address add IP/32 dev INDEX".
func hostAddress(ip net.IP, index int) []byte {
	body := make([]byte, syscall.SizeofIfAddrmsg)
	body[0] = syscall.AF_INET
	body[1] = 32
	body[3] = syscall.RT_SCOPE_HOST
	binary.NativeEndian.PutUint32(body[4:], uint32(index))
	body = appendAttribute(body, syscall.IFA_LOCAL, ip.To4())
	return appendAttribute(body, syscall.IFA_ADDRESS, ip.To4())
}

// linkUp is an ifinfomsg that sets the one flag IFF_UP.
func linkUp(index int) []byte {
	body := make([]byte, syscall.SizeofIfInfomsg)
	binary.NativeEndian.PutUint32(body[4:], uint32(index))
	binary.NativeEndian.PutUint32(body[8:], syscall.IFF_UP)  // flags
	binary.NativeEndian.PutUint32(body[12:], syscall.IFF_UP) // which of them change
	return body
}

// localRoute is the rtmsg of "ip route replace local PREFIX dev INDEX".
func localRoute(prefix *net.IPNet, index int) []byte {
	ones, _ := prefix.Mask.Size()
	body := make([]byte, syscall.SizeofRtMsg)
	body[0] = syscall.AF_INET
	body[1] = byte(ones)
	body[4] = syscall.RT_TABLE_LOCAL
	body[5] = syscall.RTPROT_BOOT
	body[6] = syscall.RT_SCOPE_HOST
	body[7] = syscall.RTN_LOCAL
	body = appendAttribute(body, syscall.RTA_DST, prefix.IP.To4())
	return appendAttribute(body, syscall.RTA_OIF, binary.NativeEndian.AppendUint32(nil, uint32(index)))
}

// appendAttribute adds an attribute with four bytes of value, which needs no padding.
func appendAttribute(body []byte, kind uint16, value []byte) []byte {
	body = binary.NativeEndian.AppendUint16(body, uint16(syscall.SizeofRtAttr+len(value)))
	body = binary.NativeEndian.AppendUint16(body, kind)
	return append(body, value...)
}

// netlink sends one request and waits for its acknowledgement.
func netlink(fd int, kind int, flags uint16, body []byte) error {
	size := syscall.SizeofNlMsghdr + len(body)
	message := binary.NativeEndian.AppendUint32(nil, uint32(size))
	message = binary.NativeEndian.AppendUint16(message, uint16(kind))
	message = binary.NativeEndian.AppendUint16(message, syscall.NLM_F_REQUEST|syscall.NLM_F_ACK|flags)
	message = append(message, make([]byte, 8)...) // sequence number and port: the kernel fills in what it needs
	message = append(message, body...)
	if err := syscall.Sendto(fd, message, 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
		return err
	}
	answer := make([]byte, syscall.Getpagesize())
	n, _, err := syscall.Recvfrom(fd, answer, 0)
	if err != nil {
		return err
	}
	if n < syscall.SizeofNlMsghdr+4 || binary.NativeEndian.Uint16(answer[4:]) != syscall.NLMSG_ERROR {
		return fmt.Errorf("unexpected answer of %d bytes", n)
	}
	if errno := int32(binary.NativeEndian.Uint32(answer[syscall.SizeofNlMsghdr:])); errno != 0 {
		return syscall.Errno(-errno)
	}
	return nil
}
