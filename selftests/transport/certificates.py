# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes certificates with openssl, as an operator would."""
import pathlib
import shutil
import subprocess

LOCAL = ("DNS:localhost", "IP:127.0.0.1", "IP:::1")
KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


def openssl(*argv):
    """Run openssl, which must succeed."""
    done = subprocess.run(["openssl", *map(str, argv)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"openssl {argv[0]}: {done.stdout}")


class Authority:
    """A CA, and directories with ca.pem, cert.pem and key.pem by it."""

    def __init__(self, directory, name):
        self.directory = pathlib.Path(directory)
        self.cert = self.directory / f"{name}.pem"
        self.key = self.directory / f"{name}-key.pem"
        openssl("req", "-x509", *KEY, "-keyout", self.key, "-out", self.cert,
                "-subj", f"/CN={name}", "-days", "30")

    def host(self, name, *names, trusts=None, purpose=None, dates=()):
        """A host's directory; names are as subjectAltName has them.

        trusts is the authority whose ca.pem it has; dates are the options that
        set the time for which the certificate is valid.
        """
        where = self.directory / name
        where.mkdir()
        lines = [f"subjectAltName={','.join(names)}"]
        if purpose:
            lines.append(f"extendedKeyUsage={purpose}")
        (where / "ext").write_text("\n".join(lines) + "\n")
        openssl("req", "-new", *KEY, "-keyout", where / "key.pem", "-out", where / "csr",
                "-subj", f"/CN={name}")
        if dates:
            self._sign_with_dates(where, dates)
        else:
            openssl("x509", "-req", "-in", where / "csr", "-CA", self.cert, "-CAkey", self.key,
                    "-CAcreateserial", "-days", "10", "-extfile", where / "ext",
                    "-out", where / "cert.pem")
        shutil.copy((trusts or self).cert, where / "ca.pem")
        return where

    def _sign_with_dates(self, where, dates):
        """Only `openssl ca` takes dates; it wants a database."""
        (where / "index").write_text("")
        (where / "serial").write_text("1000\n")
        (where / "ca.cnf").write_text(
            f"[ca]\ndefault_ca=d\n[d]\ndatabase={where}/index\nserial={where}/serial\n"
            f"new_certs_dir={where}\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n")
        openssl("ca", "-batch", "-config", where / "ca.cnf", "-cert", self.cert, "-keyfile", self.key,
                "-in", where / "csr", "-out", where / "cert.pem", "-notext",
                "-extfile", where / "ext", *dates)


class Hosts:
    """Directories as hosts have them."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        ours, other = Authority(directory, "ours"), Authority(directory, "other")
        past = ("-startdate", "20200101000000Z", "-enddate", "20210101000000Z")
        future = ("-startdate", "20490101000000Z", "-enddate", "20491231000000Z")
        self.good = ours.host("good", *LOCAL)
        self.elsewhere = ours.host("elsewhere", "DNS:elsewhere.example")
        self.stranger = other.host("stranger", *LOCAL, trusts=ours)
        self.expired = ours.host("expired", *LOCAL, dates=past)
        self.early = ours.host("early", *LOCAL, dates=future)
        self.client_only = ours.host("client", *LOCAL, purpose="clientAuth")
        self.server_only = ours.host("server", *LOCAL, purpose="serverAuth")

    def broken(self, name, **files):
        """A good host's directory with other files; None: it is not there."""
        where = self.directory / name
        where.mkdir()
        for file in ("ca", "cert", "key"):
            content = files.get(file, (self.good / f"{file}.pem").read_bytes())
            if content is not None:
                (where / f"{file}.pem").write_bytes(content)
        return where
