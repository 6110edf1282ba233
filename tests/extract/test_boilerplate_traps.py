"""Sentences of articles that begin as a prompt does: what a rule would cut if it were too wide."""

import pytest

from pipeline.extract.strip import strip
from tests.extract.general import RULES

TRAPS = {
    "en": """Photo: it shows the crane.
Text: the harbour closes at noon.
Reporter: Were you on the quay?
Writer: who told you that?
Picture: nobody has one of the boat.
Download the app, register the boat and pay the fee by Friday.
You can opt out of the harbour register by letter, the council says.
Check your inbox for a letter from the bank, police advise.
Choose a plan with a low deductible, the adviser told the fishermen.
Unlimited access to the pier cost three shillings in 1920.
New here are the cranes; the rest is as old as the town.
Produced by hand since 1920, the ropes are sold all over the island.
Edited by three brothers, the paper came out on Fridays.
Video by drone showed the hole in the dike.
Please register to vote by the first of May, the town hall says.
Learn more: that was the advice the pilots gave the council.
Recommended: a coat, boots and a flask of tea.
Next: the harbour must find two million.
Previous: a storm, a fire and a strike.
Topic: the ferry, and who will pay for it.
Share: the word the harbour master used was another.
Read: nobody did.
Listen: nobody here believed it.
More: that is what the crews want.
No spam was found in the cargo, only tinned meat.
Our app counts boats, said nobody at the hearing.
Enable JavaScript developers to move here, the mayor wrote.
By clicking the shutter every minute he filmed the tide.
Get the latest boat or swim, islanders say.
Comments are moderated by two pensioners, who work at night.
Support our mission or leave the hall, the captain told the crew.""",
    "ru": """Журналист: Вы видели паром?
Корреспондент: А кто был на причале?
Текст: причал закрыт до мая.
Фото: на нём виден кран.
Скачайте приложение порта, введите номер лодки и оплатите стоянку до пятницы.
Нажимая кнопку, матрос открывает ворота шлюза.
Нажимая на кнопку, паромщик поднимает рампу.
Письмо отправлено министру третьего мая.
Почтовая рассылка вируса началась в понедельник.
Доступно только двенадцать мест на пароме, сообщили в порту.
Чтобы получить доступ к причалу, рыбаки судились три года.
Чтобы получить полный доступ к архиву, историк ждал год.
Чтобы комментировать решение суда, у мэра есть три дня.
Продолжая использовать старый паром, порт рискует людьми.
Продолжая пользоваться льготой, верфь задолжала городу.
Используя сайт поддельного банка, мошенники собрали миллион.
Нашли нарушение и в соседнем порту.
Увидели ошибку только весной, когда растаял снег.
Поделились: хлебом, дровами, лодкой.
Ещё: в порту нет топлива.
Это интересно: паром старше города.
Тема: паром и деньги на него.
Сюжет: старый капитан ищет сына.
Рекомендуем: одеться теплее и взять воды, говорят спасатели.
Узнавайте новости у соседей, советует староста, связи не будет до мая.
Читайте: никто не спорил.
Подробнее: паром вышел в понедельник.""",
    "uk": """Натискаючи кнопку, матрос відчиняє ворота шлюзу.
Текст: причал зачинено до травня.
Тема: пором і гроші на нього.
Продовжуючи користуватися старим поромом, порт ризикує людьми.
Щоб читати далі листи капітана, архіву потрібні гроші.
Завантажте наш човен хлібом, просив капітан.""",
    "kk": """Тақырып: паром және оның ақшасы.
Фото: онда айлақ пен кран көрінеді.""",
    "lv": """Lai komentētu situāciju ostā, ministrs sasauca sanāksmi.
Teksts: piestātne slēgta līdz maijam.
Tēma: prāmis un nauda tam.
Saņem jaunākās laivas tikai tie, kas strādā naktī.""",
    "lt": """Norėdami komentuoti sprendimą, merai susirinko uoste.
Tema: keltas ir pinigai jam.
Parengė jie laivus jau pavasarį.""",
    "et": """Kommenteerimiseks kutsus minister kapteni sadamasse.
Teema: praam ja raha selle jaoks.""",
    "de": """An dieser Stelle steht ein Leuchtturm seit 1820.
An dieser Stelle ist ein Neubau geplant, sagt die Stadt.
An dieser Stelle befindet sich heute ein Parkplatz.
An dieser Stelle finden Sie im Sommer Robben, verspricht der Führer.
Mit dem Laden des Schiffs begannen die Arbeiter am Montag.
Mit der Anmeldung beim Hafenamt beginnt die Frist.
Mit dem Absenden des Briefs war die Sache für ihn erledigt.
Mit Klick auf einen Link verlor der Fischer sein Geld.
Bleiben Sie immer ruhig, rät der Lotse den Passagieren.
Mit Informationen der Polizei rekonstruierte das Gericht den Abend.
Noch nicht registriert sind vierzig Boote.
Zugang zu allen Häfen haben nur die Lotsen.
Unbegrenzter Zugang zum Wasser war den Fischern versprochen.
Unsere App zählt Boote, sagt der Hafenmeister.
Bitte bestätigen Sie das nicht, bat der Anwalt den Zeugen.
Wir haben Ihnen eine Brücke versprochen, sagte der Minister.
Zum Kommentieren sei es zu früh, sagte die Ministerin.
Um den Artikel drei der Satzung stritt der Rat bis Mitternacht.
Text: der Hafen schließt um zwölf.
Thema: die Fähre und wer sie bezahlt.
Teilen: das wollte hier niemand.
Im Video: ein Kran, der langsam kippt.
Alle Artikel auf der Liste sind verkauft, sagt der Händler.
Testen Sie vier Boote, bevor Sie eines kaufen, rät der Verein.
Foto: es zeigt den Kran.
Nichts verpassen wollte der Lotse und blieb bis zum Morgen.
Die wichtigsten Nachrichten des Tages brachte der Fährmann mit.
Zur Anzeige dieses Diebstahls kam es erst im Mai.
Melden Sie sich jetzt nicht, riet der Anwalt den Zeugen.""",
    "fr": """En cliquant sur le lien, le pêcheur a perdu trois mille euros.
Il vous reste douze jours pour déclarer le bateau.
Il vous reste 12 jours pour déclarer le bateau, rappelle le port.
Votre inscription au concours sera close en mai, dit le port.
Votre consentement ne suffit pas, a dit le juge au capitaine.
Recevez chaque marin comme un frère, disait le curé.
Accédez à tous les quais à pied, conseille le guide.
Pour commenter, il faudrait savoir, dit le maire.
Dossier : le port demande deux millions.
Vidéo : on y voit la grue.
Partager : personne ne voulait de ce mot.
Sujet : le bac et qui le paiera.
Rubrique : le maire n'en voulait pas.
Soutenez notre bateau, a dit le capitaine au préfet.
Découvrez nos offres, disait l'affiche du vieux chantier naval en 1920.""",
    "es": """Recibe cada año cuarenta mil barcos y emplea a dos mil personas.
Recibe todas las críticas el alcalde, y el puerto ninguna.
Recibe en tu nombre el paquete, le dijo el capitán.
Recibe las últimas cartas de su hijo en mayo.
Recibe gratis el pan quien trabaja de noche en el muelle.
Accede a todo el muelle por una puerta trasera.
Acceso ilimitado al puerto tuvo solo la policía.
Con información de la policía, el juez ordenó cerrar el muelle.
Más información: el puerto abre a las ocho.
Relacionado: el dique y quien lo paga.
Texto: el puerto cierra a mediodía.
Apoya el periodismo y también la pesca, dijo del ministro su rival.
Tema: el barco y quien lo paga.
Comparte: esa fue la orden del capitán.
Para ver este contenido de los barcos, los aduaneros abrieron diez cajas.""",
    "it": """Accesso illimitato al molo ebbero solo le guardie.
Ricevi ogni uomo come un fratello, diceva il parroco.
Tema: il traghetto e chi lo paga.
Leggi: nessuno le conosce.
Guarda: nessuno parla.
Condividi: questo disse il capitano.
A cura di tre fratelli, il giornale usciva il venerdì.""",
    "pt": """Ouça: ninguém acreditava.
Veja: nada mudou.
Ao se inscrever no concurso, o pescador paga dez reais.
Com informações da polícia, o juiz mandou fechar o cais.
Acesso ilimitado ao porto teve só a polícia.
Entenda: o cais é do povo.
Edição: o jornal saiu com doze páginas.
Siga: o mar ensina.
Tema: o barco e quem o paga.
Por: essa era a palavra que faltava.
Assine por baixo, disse o capitão ao armador.
Apoie o nosso barco, pediu o capitão.""",
    "pl": """Zapisując się do spółki, rybak traci prawo do kutra.
Temat: prom i kto za niego zapłaci.
Zobacz: nikt nie wierzył.
Posłuchaj: nikt tu nie wierzył.
Kup dostęp do morza, mówią rybacy, a nie łódź.
Wyrażam zgodę na remont, napisał burmistrz w liście do portu.
Korzystamy z plików kapitana, mówi archiwistka.""",
    "tr": """Yorum yapmak için henüz erken, dedi kaptan.
Yorum yapabilmek için rapor bekleniyor, dedi bakan.
Gerekli alanlar temizlendi, rıhtım açıldı.
Konu: feribot ve parası.
Haber: liman kapandı.
Kaynak: deniz suyu.
Sizlere daha iyi hizmet sözünü kaptan tutmadı.""",
    "nl": """Tekst: de haven sluit om twaalf uur.
Onderwerp: de veerboot en wie hem betaalt.
Onbeperkt toegang tot de kade had alleen de politie.
Delen: dat wilde hier niemand.
Schrijf je in voor de tocht, staat op het bord bij de molen, en neem water mee.""",
    "sv": """Ämne: färjan och vem som betalar.
Text: hamnen stänger klockan tolv.
Reporter: Var du på kajen?
Avsluta när du vill, sa kaptenen till kocken.
Läs: ingen gjorde det.""",
    "no": """Tema: fergen og hvem som betaler.
Journalist: Var du på kaien?
Hør: ingen trodde på det.""",
    "da": """Emne: færgen og hvem der betaler.
Journalist: Var du på kajen?
Hør også: det sagde kaptajnen to gange.""",
    "fi": """Toimittaja: Olitko laiturilla?
Aihe: lautta ja kuka sen maksaa.""",
    "cs": """Podívejte se: loď stojí, jeřáb stojí.
Zdroj: voda z řeky.
Téma: převoz a kdo ho zaplatí.
Čtěte: nikdo to neudělal.""",
    "ro": """Recomandări: haine groase și apă.
Text: portul se închide la prânz.
Subiect: feribotul și cine îl plătește.
Vezi: nimeni nu crede.""",
    "hu": """A folytatáshoz pénz kell, mondta a révész.
Téma: a komp és ki fizeti.""",
    "zh": """成为会员国的岛屿可以免税停靠。
成为会员之前，渔民要等三年。
扫一扫就能付款，渔民说这样很方便。
记者：您当时在码头吗？""",
    "ja": """公式アカウントによると、船は月曜日に港を出た。
公式アカウントは港の閉鎖を伝えた。
公式アプリを使えば船の位置が分かると港湾局は説明した。
アプリなら簡単だと船長は笑った。
記者：あなたは埠頭にいましたか。
お使いのブラウザの履歴から犯人が分かったと警察は話した。""",
    "ko": """제보는 경찰에 월요일에 들어왔다.
기자: 그때 부두에 계셨습니까?""",
    "ar": """كتب: لن نرحل عن الميناء.
للمزيد: لم يبق خبز في المدينة كلها.
المصدر: ماء البحر لا غير في هذه القرية.""",
    "fa": """ما را در بندر سه روز نگه داشتند.""",
}


@pytest.mark.parametrize("language", TRAPS)
def test_a_sentence_that_begins_as_a_prompt_stays(language):
    first = "The ferry sailed again on Monday, and forty people stood on the quay to see her go."
    last = "The council will meet on Friday to hear the pilots, the fishermen and the yard again."
    cut = []
    for trap in TRAPS[language].split("\n"):
        for lines in ((trap, first, last), (first, trap, last), (first, last, trap)):
            left = strip(lines, RULES)
            if left.lines != lines:
                cut.append((trap, [c.rule for c in left.cuts]))
                break
    assert cut == []


#: Headings over a list of the article's own, in its middle.
OWN_LISTS = {
    "Recommendations": ["- a new lock by May;", "- two boats for the pilots;"],
    "Рекомендации": ["- одеться теплее;", "- взять воды;"],
    "Empfehlungen": ["- ein neuer Deich bis Mai", "- zwei Boote für die Lotsen"],
    "Recomandări": ["- haine groase;", "- apă;"],
    "Popular": ["- the ferry to the islands", "- the mill"],
    "Destacados": ["- el faro", "- el molino"],
    "ランキング": ["一位 港", "二位 灯台"],
}


@pytest.mark.parametrize("heading", OWN_LISTS)
def test_an_articles_own_list_stays(heading):
    prose = [
        f"The {which} pilot told the council that the harbour needs a lock, and forty people agreed."
        for which in ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
    ]
    lines = (*prose[:2], heading, *OWN_LISTS[heading], *prose[2:])
    assert strip(lines, RULES).lines == lines
