package main

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"
)

const (
	patience   = 2 * time.Second
	resolution = 8 * time.Second // a server asks others first, and tells only then that they do not answer
	tokenFile  = "/var/run/secrets/kubernetes.io/serviceaccount/token"
)

// dial connects over TCP to the first address that answers.
func dial(addresses []string) (string, error) {
	return first(addresses, func(address string) (string, error) {
		connection, err := net.DialTimeout("tcp", address, patience)
		if err != nil {
			return "", err
		}
		_ = connection.Close()
		return "connected to " + address, nil
	})
}

// httpGet asks a URL and wants to see the second argument in the answer.
func httpGet(arguments []string) (string, error) {
	if len(arguments) != 2 {
		return "", errOrder
	}
	return ask(arguments[0], "", arguments[1])
}

func ask(url, bearer, expected string) (string, error) {
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	if bearer != "" {
		request.Header.Set("Authorization", "Bearer "+bearer)
	}
	// An attacker does not care whom he talks to.
	client := http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	reply, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer reply.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(reply.Body, 1<<16))
	if reply.StatusCode != http.StatusOK || !bytes.Contains(body, []byte(expected)) {
		return "", fmt.Errorf("%s answered %s", url, reply.Status)
	}
	return fmt.Sprintf("%s answered %s, %d bytes", url, reply.Status, len(body)), nil
}

// token looks for the service account's credential.
func token([]string) (string, error) {
	text, err := os.ReadFile(tokenFile)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s holds a token of %d bytes", tokenFile, len(text)), nil
}

// tokenUse asks the API at a URL with that credential.
func tokenUse(arguments []string) (string, error) {
	if len(arguments) != 1 {
		return "", errOrder
	}
	text, err := os.ReadFile(tokenFile)
	if err != nil {
		return "", err
	}
	return ask(arguments[0], strings.TrimSpace(string(text)), "")
}

// echo sends a datagram and waits for it to come back.
func echo(arguments []string) (string, error) {
	if len(arguments) != 1 {
		return "", errOrder
	}
	reply, err := exchange(arguments[0], []byte("portcullis"), patience)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s sent %d bytes back", arguments[0], len(reply)), nil
}

func exchange(address string, datagram []byte, limit time.Duration) ([]byte, error) {
	connection, err := net.DialTimeout("udp", address, limit)
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(limit))
	if _, err := connection.Write(datagram); err != nil {
		return nil, err
	}
	buffer := make([]byte, 2048)
	size, err := connection.Read(buffer)
	return buffer[:size], err
}

// dns asks a server for a name; that the question was answered at all is enough, for the name itself may carry what is stolen.
func dns(arguments []string) (string, error) {
	if len(arguments) != 2 {
		return "", errOrder
	}
	question := query(arguments[1])
	reply, err := exchange(arguments[0], question, resolution)
	if err != nil {
		return "", err
	}
	if len(reply) < 12 || !bytes.Equal(reply[:2], question[:2]) {
		return "", fmt.Errorf("%s sent something else", arguments[0])
	}
	return fmt.Sprintf("%s answered for %s: code %d, %d records", arguments[0], arguments[1], reply[3]&15, binary.BigEndian.Uint16(reply[6:])), nil
}

// query is a DNS question for the addresses of a name (RFC 1035, section 4).
func query(name string) []byte {
	message := []byte{0x70, 0x63, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}
	for _, label := range strings.Split(strings.Trim(name, "."), ".") {
		message = append(append(message, byte(len(label))), label...)
	}
	return append(message, 0, 0, 1, 0, 1)
}

// raw opens a socket that makes its own packets.
func raw([]string) (string, error) {
	descriptor, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_RAW, syscall.IPPROTO_ICMP)
	if err != nil {
		return "", fmt.Errorf("raw socket: %w", err)
	}
	_ = syscall.Close(descriptor)
	return "a raw socket is open", nil
}

// ping sends one echo request, over an unprivileged socket where there is one.
func ping(arguments []string) (string, error) {
	if len(arguments) != 1 {
		return "", errOrder
	}
	target := net.ParseIP(arguments[0]).To4()
	if target == nil {
		return "", errOrder
	}
	descriptor, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM, syscall.IPPROTO_ICMP)
	if err != nil {
		descriptor, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_RAW, syscall.IPPROTO_ICMP)
	}
	if err != nil {
		return "", fmt.Errorf("ICMP socket: %w", err)
	}
	defer syscall.Close(descriptor)
	limit := syscall.NsecToTimeval(int64(patience))
	_ = syscall.SetsockoptTimeval(descriptor, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &limit)
	if err := syscall.Sendto(descriptor, echoRequest(), 0, &syscall.SockaddrInet4{Addr: [4]byte(target)}); err != nil {
		return "", fmt.Errorf("sending: %w", err)
	}
	buffer := make([]byte, 256)
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		size, from, err := syscall.Recvfrom(descriptor, buffer, 0)
		if err != nil {
			return "", fmt.Errorf("no echo: %w", err)
		}
		// On a raw socket the request itself and refusals pass by as well; a reply is of type 0, after the IP header if there is one.
		reply := buffer[:size]
		if size > 20 && reply[0]>>4 == 4 {
			reply = reply[20:]
		}
		if source, ok := from.(*syscall.SockaddrInet4); ok && source.Addr == [4]byte(target) && reply[0] == 0 {
			return arguments[0] + " echoed", nil
		}
	}
	return "", fmt.Errorf("no echo from %s", arguments[0])
}

func echoRequest() []byte {
	packet := []byte{8, 0, 0, 0, 0x70, 0x63, 0, 1}
	sum := uint32(0)
	for place := 0; place < len(packet); place += 2 {
		sum += uint32(binary.BigEndian.Uint16(packet[place:]))
	}
	binary.BigEndian.PutUint16(packet[2:], ^uint16(sum+sum>>16))
	return packet
}

// arp asks the neighbours for an address as an attacker would before he claims it, on a socket that sees every frame.
func arp(arguments []string) (string, error) {
	if len(arguments) != 1 || net.ParseIP(arguments[0]).To4() == nil {
		return "", errOrder
	}
	const everything = 0x0300 // ETH_P_ALL in network order
	descriptor, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW, everything)
	if err != nil {
		return "", fmt.Errorf("packet socket: %w", err)
	}
	defer syscall.Close(descriptor)
	port, own, err := ethernet()
	if err != nil {
		return "", err
	}
	limit := syscall.NsecToTimeval(int64(patience))
	_ = syscall.SetsockoptTimeval(descriptor, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &limit)
	frame := question(port.HardwareAddr, own, net.ParseIP(arguments[0]).To4())
	if err := syscall.Sendto(descriptor, frame, 0, &syscall.SockaddrLinklayer{Ifindex: port.Index, Halen: 6}); err != nil {
		return "", fmt.Errorf("sending a frame: %w", err)
	}
	buffer := make([]byte, 256)
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		size, _, err := syscall.Recvfrom(descriptor, buffer, 0)
		if err != nil {
			return "", fmt.Errorf("no reply: %w", err)
		}
		if size >= 42 && bytes.Equal(buffer[12:14], []byte{8, 6}) && buffer[21] == 2 {
			return fmt.Sprintf("%s is at %s", arguments[0], net.HardwareAddr(buffer[22:28])), nil
		}
	}
	return "", fmt.Errorf("nobody has %s", arguments[0])
}

func ethernet() (net.Interface, net.IP, error) {
	ports, err := net.Interfaces()
	if err != nil {
		return net.Interface{}, nil, err
	}
	for _, port := range ports {
		addresses, _ := port.Addrs()
		for _, each := range addresses {
			if network, ok := each.(*net.IPNet); ok && len(port.HardwareAddr) == 6 && network.IP.To4() != nil {
				return port, network.IP.To4(), nil
			}
		}
	}
	return net.Interface{}, nil, fmt.Errorf("no network card")
}

// question is the Ethernet frame of an ARP request (RFC 826).
func question(hardware net.HardwareAddr, own, wanted net.IP) []byte {
	frame := bytes.Repeat([]byte{0xff}, 6)
	frame = append(frame, hardware...)
	frame = append(frame, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1)
	frame = append(append(frame, hardware...), own...)
	return append(append(frame, 0, 0, 0, 0, 0, 0), wanted...)
}

// socket connects to the first local socket that answers: those of container runtimes give the node away.
func socket(paths []string) (string, error) {
	return first(paths, func(path string) (string, error) {
		connection, err := net.DialTimeout("unix", path, patience)
		if err != nil {
			return "", err
		}
		_ = connection.Close()
		return "connected to " + path, nil
	})
}
