"""The widgets in wide use, as their vendors' embed codes write them: a rule names each."""

import pytest
from lxml.html import document_fromstring

from tests.extract.general import RULES

WIDGETS = {
    "disqus": '<div id="disqus_thread"></div>',
    "disqus-count": '<span class="disqus-comment-count" data-disqus-identifier="7">3</span>',
    "facebook-comments": '<div class="fb-comments" data-href="https://a.example/1"></div>',
    "facebook-like": '<div class="fb-like" data-share="true"></div>',
    "facebook-page": '<div class="fb-page" data-href="https://facebook.example/a"></div>',
    "openweb": '<div data-spotim-module="conversation" data-post-id="7"></div>',
    "coral": '<div id="coral_thread"></div>',
    "hyvor": '<hyvor-talk-comments website-id="7"></hyvor-talk-comments>',
    "commento": '<div id="commento"></div>',
    "isso": '<section id="isso-thread"><noscript>Enable it.</noscript></section>',
    "vk-comments": '<div id="vk_comments"></div>',
    "vk-group": '<div id="vk_groups"></div>',
    "vk-like": '<div id="vk_like"></div>',
    "hypercomments": '<div id="hypercomments_widget"></div>',
    "jetpack-share": '<div class="sharedaddy sd-sharing-enabled"><h3>Share this:</h3></div>',
    "jetpack-like": '<div class="sharedaddy sd-block sd-like jetpack-likes-widget-wrapper"></div>',
    "jetpack-related": '<div id="jp-relatedposts" class="jp-relatedposts"></div>',
    "jetpack-newsletter": '<div class="wp-block-jetpack-subscriptions__container"></div>',
    "addtoany": '<div class="a2a_kit a2a_kit_size_32 addtoany_list"></div>',
    "addtoany-wordpress": '<div class="addtoany_share_save_container"></div>',
    "sharethis": '<div class="sharethis-inline-share-buttons"></div>',
    "sharethis-reactions": '<div class="sharethis-inline-reaction-buttons"></div>',
    "addthis": '<div class="addthis_inline_share_toolbox"></div>',
    "addthis-named": '<div class="addthis_inline_share_toolbox_x7k2"></div>',
    "addthis-old": '<div class="addthis_toolbox addthis_default_style"></div>',
    "outbrain": '<div class="OUTBRAIN" data-widget-id="AR_1"></div>',
    "taboola": '<div id="taboola-below-article-thumbnails"></div>',
    "taboola-filled": '<div class="trc_related_container"></div>',
    "mgid": '<div data-type="_mgwidget" data-widget-id="7"></div>',
    "mgid-old": '<div id="M7ScriptRootC9"></div>',
    "revcontent": '<div id="rcjsload_7a"></div>',
    "plista": '<div data-display="plista_widget_belowArticle"></div>',
    "24smi": '<div class="smi24__informer smi24__auto" data-smi-blockid="7"></div>',
    "relap": '<script class="js-relap-anchor" data-relap-id="7"></script>',
    "onetrust": '<div id="onetrust-consent-sdk"></div>',
    "onetrust-button": '<button class="ot-sdk-show-settings">Cookie settings</button>',
    "cookiebot": '<div id="CybotCookiebotDialog"></div>',
    "cookiebot-blocked": '<div class="cookieconsent-optout-marketing">Accept cookies</div>',
    "didomi": '<div id="didomi-host"></div>',
    "quantcast": '<div id="qc-cmp2-container"></div>',
    "usercentrics": '<div id="usercentrics-root"></div>',
    "sourcepoint": '<div id="sp_message_container_7"></div>',
    "piano": '<div class="tp-modal"><div class="tp-container-inner"></div></div>',
    "yandex-share": '<div class="ya-share2" data-services="vkontakte"></div>',
    "cackle": '<div id="mc-container"></div>',
    "vuukle": '<div id="vuukle-comments"></div>',
    "viafoura": "<vf-conversations></vf-conversations>",
    "google-ads": '<ins class="adsbygoogle"></ins>',
    "doubleclick": '<div id="div-gpt-ad-1204"></div>',
    "yandex-ads": '<div id="yandex_rtb_R-A-7"></div>',
    "mailchimp": '<div id="mc_embed_signup"></div>',
}
#: Containers of articles whose names come near.
OWN = (
    '<article class="post shareable has-comments"><p>Text.</p></article>',
    '<div id="unit_7" class="article-body piano-reviews"><p>Text.</p></div>',
    '<section class="story recommended-reading-list-2026"><p>Text.</p></section>',
    '<div class="reactions"><p>The mayor said that he was glad.</p></div>',
    '<div class="content paywall premium subscriber-content"><p>Text.</p></div>',
    '<div class="newsletters-archive-article"><p>Text.</p></div>',
    '<main class="article__content article--sponsored-by"><p>Text.</p></main>',
)


def named(page):
    tree = document_fromstring(f"<html><body><p>Before.</p>{page}</body></html>")
    return [rule.id for rule in RULES.page if rule.selector.finds(tree)]


@pytest.mark.parametrize("vendor", WIDGETS)
def test_a_rule_names_the_vendors_widget(vendor):
    assert named(WIDGETS[vendor])


@pytest.mark.parametrize("page", OWN)
def test_no_rule_names_an_articles_container(page):
    assert named(page) == []
