//go:build linux

package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"text/template"
	"time"
)

// validity is long enough for any test run, and short enough that a key left
// behind is soon worth nothing.
const validity = 7 * 24 * time.Hour

// authority is a certificate authority of the bed.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// pair is a certificate and its key, PEM encoded.
type pair struct{ cert, key []byte }

// newAuthority makes a self-signed authority.
func newAuthority(name string, now time.Time) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.Add(validity),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return &authority{cert, key}, err
}

// loadAuthority reads what save wrote.
func loadAuthority(dir, name string) (*authority, error) {
	certPEM, err := os.ReadFile(filepath.Join(dir, name+".crt"))
	if err != nil {
		return nil, err
	}
	keyPEM, err := os.ReadFile(filepath.Join(dir, name+".key"))
	if err != nil {
		return nil, err
	}
	certBlock, _ := pem.Decode(certPEM)
	keyBlock, _ := pem.Decode(keyPEM)
	if certBlock == nil || keyBlock == nil {
		return nil, fmt.Errorf("%s: no certificate or key in it", filepath.Join(dir, name))
	}
	cert, err := x509.ParseCertificate(certBlock.Bytes)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParseECPrivateKey(keyBlock.Bytes)
	return &authority{cert, key}, err
}

// pair is the authority's own certificate and key.
func (a *authority) pair() (pair, error) {
	der, err := x509.MarshalECPrivateKey(a.key)
	return pair{encodePEM("CERTIFICATE", a.cert.Raw), encodePEM("EC PRIVATE KEY", der)}, err
}

// client signs a certificate that says who calls.
func (a *authority) client(now time.Time, name string, groups ...string) (pair, error) {
	return a.sign(now, &x509.Certificate{
		Subject:     pkix.Name{CommonName: name, Organization: groups},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
}

// server signs a certificate for the given host names and addresses.
func (a *authority) server(now time.Time, name string, hosts ...string) (pair, error) {
	return a.serve(now, &x509.Certificate{
		Subject:     pkix.Name{CommonName: name},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, hosts)
}

// peer signs a certificate for both ends of a connection.
func (a *authority) peer(now time.Time, name string, hosts ...string) (pair, error) {
	return a.serve(now, &x509.Certificate{
		Subject:     pkix.Name{CommonName: name},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, hosts)
}

func (a *authority) serve(now time.Time, cert *x509.Certificate, hosts []string) (pair, error) {
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			cert.IPAddresses = append(cert.IPAddresses, ip)
		} else {
			cert.DNSNames = append(cert.DNSNames, host)
		}
	}
	return a.sign(now, cert)
}

// sign completes a certificate with a key of its own.
func (a *authority) sign(now time.Time, cert *x509.Certificate) (pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return pair{}, err
	}
	cert.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 64))
	if err != nil {
		return pair{}, err
	}
	cert.NotBefore, cert.NotAfter = now.Add(-time.Hour), now.Add(validity)
	cert.KeyUsage = x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, cert, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return pair{}, err
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	return pair{encodePEM("CERTIFICATE", der), encodePEM("EC PRIVATE KEY", keyDER)}, err
}

func encodePEM(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// save writes NAME.crt and NAME.key.
func (p pair) save(dir, name string) error {
	if err := os.WriteFile(filepath.Join(dir, name+".crt"), p.cert, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name+".key"), p.key, 0o600)
}

// serviceAccountKeys writes the key pair that signs service account tokens.
func serviceAccountKeys(dir string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "sa.key"), encodePEM("EC PRIVATE KEY", private), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "sa.pub"), encodePEM("PUBLIC KEY", public), 0o644)
}

var kubeconfigTemplate = template.Must(template.New("").Parse(`apiVersion: v1
kind: Config
clusters:
- name: bed
  cluster:
    server: {{.Server}}
    certificate-authority-data: {{.CA}}
users:
- name: {{printf "%q" .User}}
  user:
    client-certificate-data: {{.Cert}}
    client-key-data: {{.Key}}
contexts:
- name: bed
  context:
    cluster: bed
    user: {{printf "%q" .User}}
current-context: bed
`))

// kubeconfig is a kubeconfig that needs no other file.
func kubeconfig(ca *authority, user string, p pair) ([]byte, error) {
	encode := base64.StdEncoding.EncodeToString
	var out bytes.Buffer
	err := kubeconfigTemplate.Execute(&out, map[string]string{
		"Server": apiURL,
		"User":   user,
		"CA":     encode(encodePEM("CERTIFICATE", ca.cert.Raw)),
		"Cert":   encode(p.cert),
		"Key":    encode(p.key),
	})
	return out.Bytes(), err
}

// userKubeconfig signs in a user by name: whatever rights it has, RBAC objects
// have to give it.
func userKubeconfig(pkiDir, name string, groups []string, now time.Time) ([]byte, error) {
	ca, err := loadAuthority(pkiDir, "ca")
	if err != nil {
		return nil, err
	}
	p, err := ca.client(now, name, groups...)
	if err != nil {
		return nil, err
	}
	return kubeconfig(ca, name, p)
}
