"""The box's own certificate authority: a ten-year root for private addresses only, a leaf for 397 days."""

import fcntl
import ipaddress
import shutil
import socket
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from xiangyun.entry.settings.config import Config, Unfit, private_folder

ROOT_LIFE = timedelta(days=3653)
LEAF_LIFE = timedelta(days=397)  # phones refuse a server certificate that lives longer
RENEW_BEFORE = timedelta(days=30)

# A stolen root of a town hall must not be able to speak for a bank.
PRIVATE_NETWORKS = (
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "100.64.0.0/10",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
)
PRIVATE_NAMES = ("localhost", "local", "lan", "home.arpa")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Name = x509.IPAddress | x509.DNSName

_SIOCGIFADDR = 0x8915


def prepare(config: Config, at: datetime | None = None) -> bool:
    """See that `cert.pem` and `key.pem` can be served; true when they changed.

    `internal` makes and renews them, `files` only looks, `acme` starts with our own until Caddy has been given one.
    Refuses: Unfit, when `files` was chosen and they are not there or do not fit.
    """
    cert, key = config.certificates / "cert.pem", config.certificates / "key.pem"
    if config.tls == "files":
        _check_files(cert, key)
        return False
    if config.tls == "acme" and _adopt_from_caddy(config, cert, key):
        return True
    if config.tls == "acme" and cert.is_file() and not _is_ours(cert):
        return False
    return _renew(config, cert, key, at or datetime.now(UTC))


def _check_files(cert: Path, key: Path) -> None:
    if not (cert.is_file() and key.is_file()):
        raise Unfit(
            zh=f"XIANGYUN_TLS=files 需要证书 {cert} 和私钥 {key}，请放好后再启动。",
            en=f"XIANGYUN_TLS=files needs the certificate {cert} and the key {key}: put them there and start again.",
        )
    try:
        leaf = x509.load_pem_x509_certificate(cert.read_bytes())
        is_pair = leaf.public_key() == serialization.load_pem_private_key(key.read_bytes(), password=None).public_key()
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        is_pair = False
    if not is_pair:
        raise Unfit(
            zh=f"证书 {cert} 和私钥 {key} 读不了或不是一对：请放 PEM 格式、私钥不带密码的一对文件，再启动。",
            en=f"The certificate {cert} and the key {key} cannot be read or are no pair: put two PEM files there that"
            " belong together, the key without a password, and start again.",
        )


def expires_at(config: Config) -> datetime | None:
    """When the served certificate ends; None when there is none that can be read."""
    try:
        text = (config.certificates / "cert.pem").read_bytes()
        return x509.load_pem_x509_certificate(text).not_valid_after_utc
    except (FileNotFoundError, ValueError):
        return None


def speaks_for_host(config: Config) -> bool:
    """Whether the box's own root may vouch for `XIANGYUN_HOST`; one made before that was set may not."""
    try:
        root = x509.load_pem_x509_certificate((config.certificates / "ca.crt").read_bytes())
    except FileNotFoundError:
        return True
    if _is_address(config.host):
        return _is_permitted(x509.IPAddress(ipaddress.ip_address(config.host)), root)
    return not config.host or _is_permitted(x509.DNSName(config.host), root)


def addresses(config: Config) -> list[str]:
    """The private IPv4 addresses of this machine, the chosen one first."""
    found = [] if config.bind in ("0.0.0.0", "::", "localhost") else [config.bind]  # noqa: S104 - compared only
    for _, name in socket.if_nameindex():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                answer = fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
            except OSError:
                continue
        found.append(socket.inet_ntoa(answer[20:24]))
    return list(dict.fromkeys([*(one for one in found if one != "127.0.0.1"), "127.0.0.1"]))


def _renew(config: Config, cert: Path, key: Path, at: datetime) -> bool:
    private_folder(config.certificates)
    root_cert, root_key = _root(config, at)
    names = _subject_names(config, root_cert)
    if cert.is_file() and key.is_file():
        leaf = x509.load_pem_x509_certificate(cert.read_bytes())
        is_for_us = _names_of(leaf) == set(names) and leaf.issuer == root_cert.subject
        if is_for_us and leaf.not_valid_before_utc <= at < leaf.not_valid_after_utc - RENEW_BEFORE:
            return False
    leaf_key = ec.generate_private_key(ec.SECP256R1())
    leaf = (
        x509.CertificateBuilder()
        .subject_name(_name(config.host or "xiangyun"))
        .issuer_name(root_cert.subject)
        .public_key(leaf_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(hours=1))
        .not_valid_after(at + LEAF_LIFE)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(leaf_key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root_cert.public_key()),  # type: ignore[arg-type]
            critical=False,
        )
        .sign(root_key, hashes.SHA256())
    )
    _put(key, _pem(leaf_key), 0o600)
    _put(cert, leaf.public_bytes(serialization.Encoding.PEM), 0o644)
    return True


def _root(config: Config, at: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    cert, key = config.certificates / "ca.crt", config.secrets / "ca.key"
    if cert.is_file() and key.is_file():
        loaded = serialization.load_pem_private_key(key.read_bytes(), password=None)
        if isinstance(loaded, ec.EllipticCurvePrivateKey):
            return x509.load_pem_x509_certificate(cert.read_bytes()), loaded
    root_key = ec.generate_private_key(ec.SECP256R1())
    name = _name("乡云 Xiangyun")
    # Where a town's network uses other addresses than the private ones, those of this machine alone.
    networks = [*PRIVATE_NETWORKS, *(one for one in addresses(config) if not _is_private(one))]
    permitted: list[x509.GeneralName] = [x509.IPAddress(ipaddress.ip_network(net)) for net in networks]
    own_names = [socket.gethostname(), *_own_name(config)]
    permitted += [x509.DNSName(one) for one in dict.fromkeys([*PRIVATE_NAMES, *own_names]) if _is_dns(one)]
    root = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(root_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(hours=1))
        .not_valid_after(at + ROOT_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    private_folder(config.secrets)
    _put(key, _pem(root_key), 0o600)
    _put(cert, root.public_bytes(serialization.Encoding.PEM), 0o644)
    return root, root_key


def _subject_names(config: Config, root: x509.Certificate) -> list[Name]:
    """What the leaf is for: a single name its root may not speak for would have every client refuse all of it."""
    ips = [ipaddress.ip_address(one) for one in addresses(config)]
    dns = dict.fromkeys(["localhost", "xiangyun.local", socket.gethostname(), *_own_name(config)])
    wanted: list[Name] = [*(x509.IPAddress(ip) for ip in ips), *(x509.DNSName(one) for one in dns if _is_dns(one))]
    return [one for one in wanted if _is_permitted(one, root)]


def _is_permitted(name: Name, root: x509.Certificate) -> bool:
    limits = root.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    if isinstance(name, x509.DNSName):
        zones = [one.value for one in limits if isinstance(one, x509.DNSName)]
        return any(name.value == zone or name.value.endswith(f".{zone}") for zone in zones)
    networks = [one.value for one in limits if isinstance(one, x509.IPAddress)]
    return any(name.value in network for network in networks if isinstance(network, Network))


def _own_name(config: Config) -> list[str]:
    return [config.host] if _is_dns(config.host) else []


def _is_private(address: str) -> bool:
    ip = ipaddress.ip_address(address)
    nets = [ipaddress.ip_network(net) for net in PRIVATE_NETWORKS]
    return any(ip.version == net.version and ip in net for net in nets)


def _names_of(leaf: x509.Certificate) -> set[x509.GeneralName]:
    return set(leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)


def _adopt_from_caddy(config: Config, cert: Path, key: Path) -> bool:
    """NATS reads files: what Caddy was given by ACME is copied beside ours, so both serve the same."""
    given = config.caddy.glob(f"certificates/*/{config.host}/{config.host}.crt")
    theirs = max(given, key=lambda file: file.stat().st_mtime, default=None)
    if theirs is None or (cert.is_file() and cert.read_bytes() == theirs.read_bytes()):
        return False
    private_folder(config.certificates)
    shutil.copy(theirs.with_suffix(".key"), key)
    shutil.copy(theirs, cert)
    return True


def _is_ours(cert: Path) -> bool:
    issuer = x509.load_pem_x509_certificate(cert.read_bytes()).issuer
    return issuer == _name("乡云 Xiangyun")


def _is_dns(name: str) -> bool:
    return name.isascii() and all(part and len(part) < 64 for part in name.split(".")) and not _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _put(path: Path, content: bytes, mode: int) -> None:
    draft = path.with_name(path.name + ".new")
    draft.touch(mode=0o600)
    draft.write_bytes(content)
    draft.chmod(mode)
    draft.replace(path)
