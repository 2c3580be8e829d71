"""The box's own certificates: good for private addresses only, renewed in time."""

import ipaddress
import os
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import verification
from cryptography.x509.oid import NameOID

from xiangyun.box import authority
from xiangyun.box.cli import care
from xiangyun.entry.settings.config import Config, Unfit

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def config(tmp_path) -> Config:
    return Config.load({"XIANGYUN_HOME": str(tmp_path), "XIANGYUN_BIND": "0.0.0.0"})


def trusted(config: Config, at: datetime) -> verification.ServerVerifier:
    root = x509.load_pem_x509_certificate((config.certificates / "ca.crt").read_bytes())
    here = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    return verification.PolicyBuilder().store(verification.Store([root])).time(at).build_server_verifier(here)


def signed_by(name: str) -> bytes:
    key, who = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    draft = x509.CertificateBuilder(who, who, key.public_key(), 1, AT, AT + timedelta(days=90))
    return draft.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def leaf(config: Config) -> x509.Certificate:
    return x509.load_pem_x509_certificate((config.certificates / "cert.pem").read_bytes())


def test_a_phone_with_our_root_trusts_the_box(config):
    assert authority.prepare(config, AT)
    trusted(config, AT).verify(leaf(config), [])


def test_nothing_changes_until_a_month_before_the_end(config):
    authority.prepare(config, AT)
    assert not authority.prepare(config, AT + timedelta(days=360))
    assert authority.prepare(config, AT + timedelta(days=370))


def test_a_clock_set_back_before_the_certificate_makes_a_new_one(config):
    authority.prepare(config, AT)
    assert authority.prepare(config, AT - timedelta(days=3000))


def test_the_root_outlives_its_leaves_and_speaks_for_private_places_only(config):
    authority.prepare(config, AT)
    root = x509.load_pem_x509_certificate((config.certificates / "ca.crt").read_bytes())
    limits = root.extensions.get_extension_for_class(x509.NameConstraints)
    assert limits.critical
    networks = [one.value for one in limits.value.permitted_subtrees or [] if isinstance(one, x509.IPAddress)]
    own = authority.addresses(config)
    assert {str(network) for network in networks if str(network.network_address) not in own} == set(
        authority.PRIVATE_NETWORKS
    )
    authority.prepare(config, AT + timedelta(days=370))
    assert root == x509.load_pem_x509_certificate((config.certificates / "ca.crt").read_bytes())


def test_files_that_are_not_there_are_asked_for_by_name(tmp_path):
    config = Config.load({"XIANGYUN_HOME": str(tmp_path), "XIANGYUN_BIND": "0.0.0.0", "XIANGYUN_TLS": "files"})
    with pytest.raises(Unfit, match=r"cert\.pem"):
        authority.prepare(config, AT)


def test_a_name_set_later_spoils_nothing_and_doctor_says_what_to_do(config, tmp_path):
    authority.prepare(config, AT)
    named = Config.load({"XIANGYUN_HOME": str(tmp_path), "XIANGYUN_BIND": "0.0.0.0", "XIANGYUN_HOST": "town.example"})
    authority.prepare(named, AT)
    trusted(named, AT).verify(leaf(named), [])
    assert not authority.speaks_for_host(named)
    assert any("ca.crt" in finding.sentence for finding in care.findings(named) if finding.grade is care.Grade.BAD)

    (named.certificates / "ca.crt").unlink()
    assert authority.prepare(named, AT)
    assert authority.speaks_for_host(named)
    assert (
        x509.DNSName("town.example")
        in leaf(named).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    )


def test_a_machine_that_is_renamed_is_still_trusted(config, monkeypatch):
    authority.prepare(config, AT)
    monkeypatch.setattr("socket.gethostname", lambda: "another")
    authority.prepare(config, AT)
    trusted(config, AT).verify(leaf(config), [])


def test_an_address_as_the_name_people_type_is_an_address(tmp_path):
    config = Config.load({"XIANGYUN_HOME": str(tmp_path), "XIANGYUN_BIND": "0.0.0.0", "XIANGYUN_HOST": "127.0.0.1"})
    authority.prepare(config, AT)
    trusted(config, AT).verify(leaf(config), [])
    assert authority.speaks_for_host(config)


def test_files_that_are_no_pair_are_refused_by_start_and_doctor(tmp_path):
    made = Config.load({"XIANGYUN_HOME": str(tmp_path), "XIANGYUN_BIND": "0.0.0.0"})
    authority.prepare(made, AT)
    config = Config.load({"XIANGYUN_HOME": str(tmp_path), "XIANGYUN_BIND": "0.0.0.0", "XIANGYUN_TLS": "files"})
    assert not authority.prepare(config, AT)

    own = (config.certificates / "key.pem").read_bytes()
    for wrong in ((made.secrets / "ca.key").read_bytes(), b"no key", own[:60]):
        (config.certificates / "key.pem").write_bytes(wrong)
        with pytest.raises(Unfit, match="belong together"):
            authority.prepare(config, AT)
        assert any("PEM" in finding.sentence for finding in care.findings(config))


def test_what_caddy_was_given_by_acme_is_served_to_devices_too(tmp_path):
    env = {"XIANGYUN_HOME": str(tmp_path), "XIANGYUN_BIND": "0.0.0.0", "XIANGYUN_HOST": "town.example"}
    config = Config.load({**env, "XIANGYUN_TLS": "acme"})
    assert authority.prepare(config, AT), "our own, until there is another"
    for age, name in enumerate(("former-authority", "authority")):
        folder = config.caddy / "certificates" / name / "town.example"
        folder.mkdir(parents=True)
        (folder / "town.example.crt").write_bytes(signed_by(name))
        (folder / "town.example.key").write_text(f"key from {name}", encoding="ascii")
        os.utime(folder / "town.example.crt", (age, age))
    assert authority.prepare(config, AT)
    assert leaf(config).issuer.rfc4514_string() == "CN=authority"
    assert (config.certificates / "key.pem").read_text(encoding="ascii") == "key from authority"
    assert not authority.prepare(config, AT)
