// Passwords that are tried first: keyboard walks, counting, pet words and names with the usual numbers
// after them. Written by hand, lower case, only those of at least 8 characters, because shorter ones are
// refused anyway. Rotating letters for digits does not help against guessing, so the usual ones are here.
const list = `
12345678 123456789 1234567890 12345678910 123456789a 1234567891 123123123 123321123 1231231234 12341234
11223344 1122334455 112233445566 12344321 123454321 1234554321 87654321 987654321 9876543210 0987654321
0123456789 01234567 012345678 10203040 1020304050 13579246 1357924680 24681357 147258369 147852369
159357456 159753456 741852963 789456123 963852741 321654987 456789123 654321654321 123456123456 12121212
13131313 14141414 20202020 21212121 19871987 19891989 19901990 19951995 20002000 20102010
123456ab 123456abc 12345abc 1234abcd 123abc123 123qweasd 123qwe123 123qweasdzxc 1qaz2wsx 1qaz2wsx3edc
1qazxsw2 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y q1w2e3r4 q1w2e3r4t5 qazwsxedc qazwsx123 zaq12wsx zaq1xsw2
qwertyui qwertyuiop qwerty12 qwerty123 qwerty1234 qwerty12345 qwerty123456 qwertyqwerty qwer1234 qweasdzxc
qweasd123 qwe123456 qweqweqwe asdfghjk asdfghjkl asdfasdf asdf1234 asdfqwer zxcvbnm1 zxcvbnm123
zxcvbnmzxcvbnm zxcvasdf poiuytrewq lkjhgfdsa mnbvcxz1 azertyuiop azerty123 qwertzuiop 1234qwer 12345qwert
abcdefgh abcdefghi abcdefghij abcd1234 abcd12345 abc12345 abc123456 abcabcabc abc123abc a1b2c3d4
a1b2c3d4e5 a1234567 a12345678 a123456789 aa123456 aa12345678 aaaa1111 q1234567 z1234567 x1234567
password password1 password12 password123 password1234 password12345 password! password1! password01 password2
password99 passw0rd passw0rd1 passw0rd123 p@ssword p@ssw0rd p@ssw0rd1 p@ssword1 p@55w0rd pa55word
pa55w0rd pass1234 pass12345 passpass passport passwort passwort1 mypassword newpassword nopassword
motdepasse contraseña contrasena wachtwoord senha123 parola123 mima1234 woaini1314 woaini520 woaini123
5201314520 1314520520 52013145201314 woaiwojia wodemima iloveyou iloveyou1 iloveyou2 iloveyou123 iloveyou!
iloveu123 loveyou1 lovelove ilovegod ilovemyself princess princess1 sunshine sunshine1 football football1
baseball baseball1 basketball softball hockey123 soccer123 superman superman1 batman123 spiderman
starwars starwars1 pokemon1 pokemon123 minecraft minecraft1 fortnite1 whatever whatever1 trustno1
letmein1 letmein123 letmein! welcome1 welcome12 welcome123 welcome1234 welcome! welcome01 w3lcome123
admin123 admin1234 admin12345 admin123456 adminadmin administrator administrator1 admin@123 root1234 rootroot
toor1234 test1234 test12345 test123456 testtest testing1 testing123 demo1234 guest123 guest1234
user1234 default1 changeme changeme1 changeme123 changeit secret12 secret123 secret1234 topsecret
computer computer1 internet internet1 samsung1 samsung123 google123 facebook facebook1 linkedin whatsapp1
michael1 jennifer jennifer1 jessica1 jordan23 michelle michelle1 charlie1 charlie123 alexander alexandra
andrea123 benjamin christian christopher danielle elizabeth victoria veronica samantha stephanie sebastian
maverick mercedes midnight monkey123 mustang1 shadow12 shadow123 dragon12 dragon123 master12 master123
hello123 hello1234 hellohello hello123456 helloworld freedom1 liverpool liverpool1 chelsea1 arsenal1
barcelona realmadrid manchester corvette ferrari1 butterfly chocolate chocolate1 strawberry blink182
bond007007 marlboro scorpion snowball sweetheart babygirl babygirl1 summer12 summer123 summer2024 summer2025
summer2026 winter123 winter2024 winter2025 winter2026 spring2025 spring2026 autumn2025 autumn2026 january1
parley123 parley1234 chat1234 chatchat messenger
`

/** See the top of this file. */
export const commonPasswords: ReadonlySet<string> = new Set(list.trim().split(/\s+/))
