"""Places where secrets stand in real files, by kind, each with a mark where the secret goes.

The marks draw from ``VALUES``: a key, a password for quotes, a password for bare words, and so
on. Nothing here has the form of a secret before a test puts one in.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from random import Random
from string import ascii_letters, ascii_lowercase, digits
from urllib.parse import quote

from tests.privacy.made_up import ALNUM, BASE64, HEX, URLSAFE, drawn

_WORDS = ("Winter", "Dragon", "Berlin", "Coffee", "Monkey", "Orange", "Falcon", "Garden")


def _word_and_number(random: Random) -> str:
    return random.choice(_WORDS) + random.choice("!#-_*") + drawn(random, digits, 3) + "Xq"


def _leet(random: Random) -> str:
    word = random.choice(_WORDS) + random.choice(_WORDS)
    return (
        word.replace("e", "3").replace("o", "0")
        + drawn(random, "!*-_", 1)
        + drawn(random, digits, 2)
    )


def _letters_and_digits(random: Random) -> str:
    return drawn(random, ascii_letters, 5) + drawn(random, digits, 2) + drawn(random, ALNUM, 5)


def _lower_words(random: Random) -> str:
    one, two = random.choices(_WORDS, k=2)
    return f"{one}{drawn(random, digits, 2)}{two}{random.choice(digits)}".lower()


def _manager(special: str, random: Random) -> str:
    return (
        drawn(random, ascii_letters, 4)
        + drawn(random, digits, 2)
        + drawn(random, ALNUM + special, 10)
    )


def _password(random: Random) -> str:
    return random.choice(
        (
            _word_and_number,
            _leet,
            _letters_and_digits,
            _lower_words,
            lambda r: _manager("!@#$%^&*()-_=+", r),
        )
    )(random)


def _bare_password(random: Random) -> str:
    return random.choice(
        (
            _word_and_number,
            _leet,
            _letters_and_digits,
            _lower_words,
            lambda r: _manager("!@%^*-_+", r),
        )
    )(random).replace("#", "!")


def _url_password(random: Random) -> str:
    return quote(
        drawn(random, ALNUM, 5) + random.choice("@/#:%$") + drawn(random, ALNUM + "@$!", 6), safe=""
    )


def _django(random: Random) -> str:
    return drawn(random, ascii_lowercase + digits + "!@#$%^&*(-_=+)", 50)


def _wordpress(random: Random) -> str:
    return drawn(random, ALNUM + "!@#$%^&*()-_ []{}<>~`+=,.;:/?|", 64)


def _bcrypt(random: Random) -> str:
    return f"$2y$10${drawn(random, ALNUM + './', 53)}"


def _apache(random: Random) -> str:
    return f"$apr1${drawn(random, ALNUM, 8)}${drawn(random, ALNUM + './', 22)}"


def _sha512_crypt(random: Random) -> str:
    return f"$6${drawn(random, ALNUM, 16)}${drawn(random, ALNUM + './', 86)}"


def _app_password(random: Random) -> str:
    return " ".join(drawn(random, ascii_lowercase, 4) for _ in range(4))


def _long(random: Random) -> str:
    return base64.b64encode(random.randbytes(900)).decode()


def _uuid(random: Random) -> str:
    return "-".join(drawn(random, HEX, length) for length in (8, 4, 4, 4, 12))


VALUES: dict[str, Callable[[Random], str]] = {
    "%K": lambda random: drawn(random, ALNUM, 32),
    "%T": lambda random: drawn(random, ALNUM, 20),
    "%U": lambda random: drawn(random, URLSAFE, 40),
    "%H": lambda random: drawn(random, HEX, 40),
    "%B": lambda random: drawn(random, BASE64, 43) + "=",
    "%G": _uuid,
    "%P": _password,
    "%Q": _bare_password,
    "%E": _url_password,
    "%D": _django,
    "%L": _long,
    "%A": _apache,
    "%Y": _bcrypt,
    "%6": _sha512_crypt,
    "%S": _app_password,
    "%W": _wordpress,
}
"""What a mark stands for: keys (K, T, U, H, B, G), passwords (P in quotes, Q bare), the rest."""

NATURAL: dict[str, tuple[str, ...]] = {
    "an assignment within a string": (
        'os.system("TOKEN=%K ./deploy.sh")\n',
        'subprocess.run("API_KEY=%K make release", shell=True)\n',
        'env = ["POSTGRES_PASSWORD=%Q", "PORT=5432"]\n',
        'cmd.Env = append(os.Environ(), "SECRET_KEY=%K")\n',
        "environment: ['DB_PASSWORD=%Q']\n",
        'CONFIG = """\nDEBUG=1\nAPI_KEY=%K\n"""\n',
        'CONFIG = """API_KEY=%K"""\n',
        "text = '''\npassword: %Q\nport: 1\n'''\n",
        "fetch('https://api.example.com/v1/items?api_key=%K')\n",
        'url = "https://api.example.com/v1/items?q=1&access_token=%K&page=2"\n',
        "const url = `https://api.example.com/?token=%K`;\n",
        'putenv("SMTP_PASSWORD=%Q");\n',
        'monkeypatch.setenv("API_TOKEN", "%K")\n',
        'let dsn = "host=db user=shop password=%Q dbname=shop";\n',
        'args: ["--api-key=%K", "--verbose"]\n',
        'printf "%s\\n" "SECRET=%K" >> .env\n',
        "echo 'DB_PASS=%Q' >> /etc/shop.conf\n",
        'body = "grant_type=client_credentials&client_secret=%K"\n',
        'assert run(["-e", "VAULT_TOKEN=%K"])\n',
        'RUN echo "machine x login me password %Q" > /root/.netrc\n',
    ),
    "JSON or YAML within a string": (
        'body := "{\\"api_key\\": \\"%K\\", \\"retries\\": 3}"\n',
        'String json = "{\\"password\\":\\"%Q\\"}";\n',
        'payload = \'{"client_secret": "%K"}\'\n',
        'curl -d "{\\"token\\":\\"%K\\"}" https://api.example.com\n',
        'curl -d \'{"user":"me","password":"%P"}\' https://api.example.com\n',
        'yaml = "service:\\n  token: %K\\n  retries: 3\\n"\n',
        '"config": "{\\\\\\"secret\\\\\\": \\\\\\"%K\\\\\\"}"\n',
        'data: \'{"auths":{"registry.example.com":{"password":"%Q"}}}\'\n',
        '<div data-config="{&quot;apiKey&quot;:&quot;%K&quot;}">\n',
        'raw = b\'{"access_token":"%K","expires":3600}\'\n',
    ),
    "compose, Docker and Kubernetes": (
        "services:\n  db:\n    environment:\n      - POSTGRES_PASSWORD=%Q\n      - PGPORT=5432\n",
        "services:\n  db:\n    environment:\n      MYSQL_ROOT_PASSWORD: %Q\n",
        '    environment:\n      - "SECRET_KEY=%K"\n',
        "FROM debian\nENV API_TOKEN %K\nCMD run\n",
        "FROM debian\nENV PORT=1 API_TOKEN=%K DEBUG=0\n",
        'ENV DB_PASSWORD "%P"\n',
        "ARG NPM_TOKEN=%K\n",
        "docker run -e POSTGRES_PASSWORD=%Q -d postgres\n",
        'docker run --env "API_KEY=%K" shop\n',
        "docker login -u me -p %Q registry.example.com\n",
        "echo '%P' | docker login -u me --password-stdin\n",
        "kubectl create secret generic db --from-literal=password=%Q\n",
        "kubectl create secret generic db --from-literal=api-key=%K\n",
        "- name: DB_PASSWORD\n  value: %Q\n",
        '{"name": "DB_PASSWORD", "value": "%P"}\n',
        "{ name: 'API_KEY', value: '%K' }\n",
        "apiVersion: v1\nkind: Secret\ndata:\n  password: %B\n",
        "apiVersion: v1\nkind: Secret\nstringData:\n  token: %K\n",
        "helm install shop . --set db.password=%Q\n",
        "helm upgrade shop . --set 'auth.apiKey=%K'\n",
    ),
    "systemd, cron and shell": (
        "[Service]\nEnvironment=API_TOKEN=%K\n",
        '[Service]\nEnvironment="DB_PASSWORD=%Q" "PORT=1"\n',
        "[Service]\nExecStart=/usr/bin/shop --token %K\n",
        "0 3 * * * PGPASSWORD=%Q pg_dump shop\n",
        "PGPASSWORD='%P' psql -h db shop\n",
        "export AWS_SECRET_ACCESS_KEY=%K\n",
        "set -x API_TOKEN %K\n",
        "setenv API_TOKEN %K\n",
        "set API_KEY=%K\r\n",
        "setx API_KEY %K\r\n",
        "API_KEY=%K ./run\n",
        'TOKEN="${TOKEN:-%K}"\n',
        ": ${SECRET:=%K}\n",
        "SetEnv API_KEY %K\n",
        "fastcgi_param DB_PASSWORD %Q;\n",
        'read -r PASSWORD <<< "%P"\n',
        "env.API_TOKEN = '%K'\n",
        "declare -r TOKEN='%K'\n",
        "export PASSWORD=%Q; ./run\n",
        "git config --global github.token %K\n",
        "npm config set //registry.npmjs.org/:_authToken %K\n",
        "aws configure set aws_secret_access_key %K\n",
    ),
    "a value as an argument beside its flag": (
        'subprocess.run(["deploy", "--password", "%P"])\n',
        "args = ['--token', '%K', '--verbose']\n",
        'exec.Command("deploy", "--api-key", "%K")\n',
        '"args": ["--secret", "%K"],\n',
        'command: ["redis-server", "--requirepass", "%P"]\n',
        "command: redis-server --requirepass %Q\n",
        'Command::new("x").arg("--token").arg("%K")\n',
        "deploy --password %Q --user me\n",
        "deploy --password='%P'\n",
        'deploy --password "%P"\n',
        "wget --http-password=%Q https://x.example.com/\n",
        "keytool -genkey -storepass %Q -keypass x\n",
        "gpg --batch --passphrase %Q -d x.gpg\n",
        "az login --service-principal -u me --client-secret %U\n",
        "java -Ddb.password=%Q -jar shop.jar\n",
        "mvn deploy -Dgpg.passphrase=%Q\n",
        "terraform apply -var 'db_password=%P'\n",
        'ansible-playbook x.yml -e "ansible_become_pass=%Q"\n',
        "net use Z: \\\\box\\share /user:me /password:%Q\n",
        "openssl rsa -in x.pem -passin pass:%Q\n",
    ),
    "logins of command-line programs": (
        "curl -u me:%Q https://api.example.com/\n",
        "curl -u 'me:%P' https://api.example.com/\n",
        "curl --user me:%K https://api.example.com/\n",
        'curl -sSL -u "me:%Q" https://api.example.com/\n',
        "mysql -u root -p%Q shop < dump.sql\n",
        "mysql -uroot -p'%P' shop\n",
        "mysqldump --user=root -p%Q shop\n",
        "mysqladmin -u root -p%Q shutdown\n",
        "sshpass -p %Q ssh me@box\n",
        "sshpass -p '%P' scp x me@box:\n",
        'sshpass -p"%P" ssh me@box\n',
        "redis-cli -h box -a %Q ping\n",
        "mongosh -u me -p %Q shop\n",
        "ldapsearch -x -D cn=admin -w %Q\n",
        "htpasswd -bc .htpasswd me %Q\n",
        "smbclient //box/share -U me%%Q\n",
        "ipmitool -H box -U me -P %Q power on\n",
        "lftp -u me,%Q ftp.example.com\n",
        "sqlcmd -S box -U sa -P %Q\n",
        "zip -P %Q x.zip a b\n",
        "unzip -P %Q x.zip\n",
        "echo 'me:%Q' | chpasswd\n",
        "echo %Q | sudo -S ls\n",
        "os.system('mysql -u root -p%Q shop')\n",
        'run: curl -u "${{ github.actor }}:%K" https://x.example.com\n',
    ),
    "files of logins": (
        "db.example.com:5432:shop:me:%Q\n",
        "*:*:*:postgres:%Q\n",
        "localhost:5432:*:me:%K\n",
        "machine api.example.com login me password %Q\n",
        "machine api.example.com\n  login me\n  password %Q\n",
        "machine api.example.com\nlogin me\npassword %K\n",
        "//registry.npmjs.org/:_authToken=%K\n",
        "//npm.example.com/:_password=%B\n",
        "_auth=%B\n",
        "me:%A\n",
        "me:%Y\n",
        "root:%6:19000:0:99999:7:::\n",
        "https://me:%K@github.com\n",
        "[client]\nuser=root\npassword=%Q\n",
        "[pypi]\nusername = me\npassword = %K\n",
        "requirepass %Q\n",
        "rpcpassword=%Q\n",
        'network={\n  ssid="home"\n  psk="%P"\n}\n',
        "PrivateKey = %B\n",
        "PresharedKey = %B\n",
    ),
    "a login in a call": (
        'requests.get(url, auth=("me", "%P"))\n',
        "requests.get(url, auth=('me', '%K'))\n",
        'auth = HTTPBasicAuth("me", "%P")\n',
        'smtp.login("me@example.com", "%P")\n',
        "server.login('me', '%P')\n",
        'req.SetBasicAuth("me", "%P")\n',
        'client.basic_auth("me", Some("%P"))\n',
        'new NetworkCredential("me", "%P")\n',
        'DriverManager.getConnection("jdbc:postgresql://db/shop", "me", "%P")\n',
        "new PDO('mysql:host=db', 'me', '%P')\n",
        "mysqli_connect('db', 'me', '%P', 'shop')\n",
        "$db = new mysqli('db', 'me', '%P', 'shop');\n",
        "axios.get(url, { auth: { username: 'me', password: '%P' } })\n",
        'client = Client("me", password="%P")\n',
        'ssh.connect("box", username="me", password="%P")\n',
        'new UsernamePasswordCredentials("me", "%P".toCharArray())\n',
        'Credentials.basic("me", "%P")\n',
        'AUTH = ("me", "%P")\n',
        "credentials = ['me', '%P']\n",
        'http.basic_auth "me", "%P"\n',
        'request.basic_auth("me", "%P")\n',
        'page.fill("#password", "%P")\n',
        "await page.type('input[name=password]', '%P');\n",
        'driver.find_element(By.ID, "password").send_keys("%P")\n',
        'cy.get("#password").type("%P")\n',
    ),
    "XML, HTML and .NET": (
        '<add key="ApiKey" value="%K" />\n',
        '<add key="DbPassword" value="%P"/>\n',
        '<property name="password" value="%P"/>\n',
        '<property name="connection.password">%Q</property>\n',
        '<entry key="secret">%K</entry>\n',
        '<string name="api_key">%K</string>\n',
        '<meta-data android:name="com.example.API_KEY" android:value="%K" />\n',
        '<input type="hidden" name="csrf_token" value="%K">\n',
        '<input type="password" value="%P">\n',
        '<bean id="x" p:password="%P"/>\n',
        "<password>%Q</password>\n",
        "<key>apiKey</key>\n<string>%K</string>\n",
        '<Resource name="jdbc/x" username="me" password="%P" />\n',
        '<setting name="Secret"><value>%K</value></setting>\n',
        "<apiKey><![CDATA[%K]]></apiKey>\n",
        'connectionString="Server=db;User ID=sa;Password=%Q;"\n',
    ),
    "Terraform, CloudFormation and Ansible": (
        'variable "db_password" {\n  default = "%P"\n}\n',
        'variable "api_token" {\n  description = "For the API."\n'
        '  type        = string\n  default     = "%K"\n}\n',
        'resource "aws_db_instance" "x" {\n  password = "%P"\n}\n',
        'set_sensitive {\n  name  = "auth.password"\n  value = "%P"\n}\n',
        'environment {\n  variables = {\n    API_KEY = "%K"\n  }\n}\n',
        "Parameters:\n  DbPassword:\n    Type: String\n    Default: %Q\n",
        "ParameterKey=DbPassword,ParameterValue=%Q\n",
        '{"ParameterKey": "DbPassword", "ParameterValue": "%P"}\n',
        "ansible_ssh_pass: %Q\n",
        "box ansible_host=10.0.0.1 ansible_password=%Q\n",
        "  vars:\n    vault_token: '%K'\n",
        "apiKey:\n  type: string\n  example: %K\n",
        "password:\n  value: %Q\n",
        "token: >-\n  %K\n",
        "- key: API_TOKEN\n  value: %K\n",
        "- task: x@1\n  inputs:\n    apiToken: '%K'\n",
    ),
    "headers": (
        "curl -H 'X-Api-Key: %K' https://api.example.com/\n",
        'curl -H "Authorization: token %H" https://api.example.com/\n',
        "curl -H 'PRIVATE-TOKEN: %T' https://git.example.com/\n",
        'headers = {"X-Api-Key": "%K"}\n',
        'headers: { "X-Auth-Token": "%K" }\n',
        'headers = {"Authorization": "Token %H"}\n',
        'headers = {"Authorization": "Bearer %U"}\n',
        "headers: { Authorization: `Bearer %U` }\n",
        'headers["Authorization"] = "ApiKey %K"\n',
        'req.Header.Set("X-Api-Key", "%K")\n',
        'request.setRequestHeader("Authorization", "%K")\n',
        'req.headers.insert("x-api-key", "%K".parse()?)\n',
        '.header("X-Vault-Token", "%K")\n',
        "X-Api-Key: %K\n",
        "GET / HTTP/1.1\r\nHost: x\r\nX-Auth-Token: %K\r\n\r\n",
        'proxy_set_header X-Api-Key "%K";\n',
        "http --json x.example.com X-Api-Key:%K\n",
        "headers = ['X-Api-Key: %K']\n",
        "extraheader = AUTHORIZATION: basic %B\n",
        "-- header: Authorization: %K\n",
    ),
    "cookies": (
        "Cookie: sessionid=%K\n",
        "Cookie: theme=dark; sessionid=%K; lang=en\n",
        "Set-Cookie: sid=%K; Path=/; HttpOnly\n",
        "curl -b 'session=%K' https://x.example.com/\n",
        'curl --cookie "theme=dark; auth=%U" https://x.example.com/\n',
        'curl -H "Cookie: PHPSESSID=%T" https://x.example.com/\n',
        'cookies = {"sessionid": "%K"}\n',
        'headers = {"Cookie": "theme=dark; connect.sid=%U"}\n',
        'document.cookie = "session=%K; path=/";\n',
        'session.cookies.set("li_at", "%K")\n',
        'requests.get(url, cookies={"theme": "dark", "li_at": "%K"})\n',
        "COOKIE = 'JSESSIONID=%K'\n",
    ),
    "keys of frameworks, and long ones": (
        "SECRET_KEY = '%D'\n",
        'SECRET_KEY = "django-insecure-%D"\n',
        "SECRET_KEY=%K\n",
        "APP_KEY=base64:%B\n",
        "'key' => 'base64:%B',\n",
        "secret_key_base: %H%H\n",
        "config.secret_key_base = '%H%H'\n",
        'app.secret_key = b"%K"\n',
        "app.use(session({ secret: '%K' }))\n",
        "jwt.sign(payload, '%K')\n",
        'jwt.encode(payload, "%K", algorithm="HS256")\n',
        'private_key = "%L"\n',
        "KEYSTORE_BASE64=%L\n",
        "certificate_key: %L\n",
        "define('AUTH_KEY', '%W');\n",
        "define( 'SECURE_AUTH_SALT',  '%W' );\n",
        'fernet = Fernet(b"%B")\n',
        "hmac.new(b'%K', body, 'sha256')\n",
        "NEXTAUTH_SECRET=%B\n",
        'NVIDIA = "nvapi-%U"\n',
        "nvapi-%U\n",
        "RAILS_MASTER_KEY=%K\n",
    ),
    "passwords in URLs": (
        'url = "postgres://shop:%E@db.example/shop"\n',
        "DATABASE_URL=postgres://shop:%E@db.example:5432/shop\n",
        "redis://:%E@cache.example:6379/0\n",
        "amqp://me:%Q@mq.example/\n",
        "git clone https://me:%K@git.example.com/x.git\n",
        "git clone https://%K@git.example.com/x.git\n",
        "pip install --index-url https://me:%E@pypi.example.com/simple x\n",
        "mongodb+srv://me:%E@cluster.example.net/?retryWrites=true\n",
        "jdbc:mysql://db.example/shop?user=me&password=%Q\n",
        "ftp://me:%Q@ftp.example.com/x\n",
        "proxy = http://me:%Q@proxy.example.com:3128\n",
        "smtp://me%40example.com:%E@smtp.example.com:587\n",
    ),
    "strings in a row": (
        'API_KEYS = ["%K", "%K", "%K"]\n',
        "tokens = [\n    '%K',\n    '%K',\n]\n",
        'API_KEY = ("%T"\n           "%T")\n',
        'String token = "%T" + "%T";\n',
        'secret = "%T" \\\n    "%T"\n',
        'const char *key = "%T"\n    "%T";\n',
        'keys: ["%H", "%H"]\n',
        "api_keys:\n  - %K\n  - %K\n",
        "tokens:\n  - '%K'\n  - '%K'\n",
        '"secrets": [\n  "%K",\n  "%K"\n]\n',
        'passwords = ("%P", "%P", "%P")\n',
        "password = (\n    '%P'\n)\n",
        'users = {"me": {"password": "%P"}, "you": {"password": "%P"}}\n',
    ),
    "names in other languages": (
        'passwort = "%P"\n',
        'Kennwort: "%P"\n',
        "# Passwort: %Q\n",
        "DB_PASSWORT=%Q\n",
        "geheimnis = '%K'\n",
        'schluessel = "%K"\n',
        "Zugangsschlüssel: %K\n",
        'contraseña = "%P"\n',
        "contrasena = '%P'\n",
        'clave_api = "%K"\n',
        "CLAVE=%Q\n",
        "mot de passe : %Q\n",
        'mot_de_passe = "%P"\n',
        "motDePasse: '%P',\n",
        'mdp = "%P"\n',
        "# clé d'API : %K\n",
        'senha = "%P"\n',
        "SENHA_BANCO=%Q\n",
        'chave_api = "%K"\n',
        'wachtwoord = "%P"\n',
        'hasło = "%P"\n',
        'haslo = "%P"\n',
        'пароль = "%P"\n',
        "Пароль: %Q\n",
        "ПАРОЛЬ=%Q\n",
        'ключ_api = "%K"\n',
        '密码 = "%P"\n',
        "密码：%Q\n",
        "# 密碼: %Q\n",
        '口令="%P"\n',
        "密钥: %K\n",
        'パスワード = "%P"\n',
        "パスワード：%Q\n",
        '비밀번호 = "%P"\n',
        'şifre = "%P"\n',
        "parola = '%P'\n",
        'lösenord = "%P"\n',
        'heslo = "%P"\n',
        'salasana = "%P"\n',
        'jelszó = "%P"\n',
        'adgangskode = "%P"\n',
    ),
    "declarations of many languages": (
        'const apiKey string = "%K"\n',
        'var dbPassword string = "%P"\n',
        'const (\n\tAPIKey = "%K"\n)\n',
        'val apiKey: String = "%K"\n',
        'let token: String = "%K"\n',
        'let password: Option<String> = Some("%P".to_string());\n',
        'let key: [u8; 32] = *b"%K";\n',
        'static constexpr std::string_view kApiKey{"%K"};\n',
        'const std::string password("%P");\n',
        '#define API_KEY "%K"\n',
        '#define WIFI_PASSWORD "%P"\n',
        'char password[] = "%P";\n',
        'NSString *apiKey = @"%K";\n',
        'public string ApiKey { get; set; } = "%K";\n',
        'password: SecretStr = SecretStr("%P")\n',
        'token: str | None = "%K"\n',
        'api_key = Field(default="%K")\n',
        'parser.add_argument("--token", default="%K")\n',
        'api_key = os.environ.get("API_KEY", "%K")\n',
        'password = os.getenv("DB_PASSWORD") or "%P"\n',
        "const key = process.env.API_KEY || '%K';\n",
        "const key = process.env.API_KEY ?? '%K';\n",
        'def connect(password="%P"):\n',
        '(def api-key "%K")\n',
        '(setq my-password "%P")\n',
        'api_token <- "%K"\n',
        'my $password = "%P";\n',
        "my %h = (password => '%P');\n",
        '@password = "%P"\n',
        'config :shop, api_key: "%K"\n',
        "CREATE USER shop WITH PASSWORD '%P';\n",
        "CREATE USER 'shop'@'%' IDENTIFIED BY '%P';\n",
        "ALTER USER shop PASSWORD '%P';\n",
        "SET password = '%P';\n",
        "password := '%P';\n",
        "password ?= %Q\n",
        "TOKEN := %K\n",
    ),
    "PowerShell and Windows": (
        '$password = "%P"\n',
        "$env:API_KEY = '%K'\n",
        '$secure = ConvertTo-SecureString "%P" -AsPlainText -Force\n',
        '[string]$ApiKey = "%K"\n',
        "Connect-Thing -User me -Password '%P'\n",
        "Connect-Thing -ApiKey %K\n",
        "@{ 'X-Api-Key' = '%K' }\n",
        '[Environment]::SetEnvironmentVariable("API_TOKEN", "%K", "User")\n',
        "$cred = New-Object System.Management.Automation.PSCredential('me', "
        "(ConvertTo-SecureString '%P' -AsPlainText -Force))\n",
        "Set-Item Env:API_TOKEN '%K'\n",
        "net user me %Q /add\n",
        "cmdkey /add:box /user:me /pass:%Q\n",
    ),
    "prose, comments and logs": (
        "# password: %Q\n",
        "// old token: %K\n",
        "/* The API key is %K */\n",
        "<!-- password = %Q -->\n",
        "The password is `%Q`.\n",
        "Log in as me with password %Q.\n",
        "- API key: `%K`\n",
        "| token | %K |\n",
        "2031-01-02 DEBUG token=%K user=me\n",
        "2031-01-02 DEBUG {'password': '%P'}\n",
        "TODO: replace secret %K\n",
        "app password: %S\n",
        'GMAIL_APP_PASSWORD = "%S"\n',
        "credentials: me / %Q\n",
        "login: me, pw: %Q\n",
    ),
}


def put(template: str, random: Random) -> tuple[str, list[str]]:
    """The text of a place, and every secret in it."""
    pieces: list[str] = []
    secrets: list[str] = []
    at = 0
    while at < len(template):
        build = VALUES.get(template[at : at + 2])
        if build is None:
            pieces.append(template[at])
            at += 1
            continue
        secrets.append(build(random))
        pieces.append(secrets[-1])
        at += 2
    return "".join(pieces), secrets
