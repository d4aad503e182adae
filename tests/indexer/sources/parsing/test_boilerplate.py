"""Lines of boilerplate are recognised in both languages; sentences about the same subjects are not."""

import pytest

from indexer.sources.parsing.boilerplate import is_boilerplate, is_mostly_table, without_boilerplate


@pytest.mark.parametrize(
    "line",
    [
        "Read also: Markets fall again",
        "READ MORE",
        "Related articles",
        "(Reuters)",
        "- AFP",
        "Photo: AP",
        "Accept all cookies",
        "We use cookies to give you the best experience.",
        "Share this article",
        "Advertisement",
        "اقرأ أيضا: الأسواق تتراجع مجددا",  # read also: markets fall again
        "إقرأ أيضاً | خبر آخر",
        "اقرأ المزيد",  # read more
        "شاهد أيضا",  # watch also
        "(رويترز)",
        "أ ف ب",
        "وكالات",  # agencies
        "نستخدم ملفات تعريف الارتباط لتحسين تجربتك",  # we use cookies to improve your experience
        "إعلان",  # advertisement
    ],
)
def test_banners_links_and_credits_are_boilerplate(line: str) -> None:
    assert is_boilerplate(line)


@pytest.mark.parametrize(
    "line",
    [
        "Read also became a habit of the editors, said the paper.",
        "Reuters reported on Sunday that talks would go on.",
        "The commission said that cookies need consent, and fined the company.",
        "Share prices fell in London.",
        "قالت رويترز يوم الأحد إن المحادثات سوف تستمر.",  # Reuters said on Sunday that talks would go on
        "إعلان جدة: التزامات إنسانية",  # the Jeddah declaration
        "تابعت الحكومة اجتماعاتها",  # the government went on with its meetings
        "",
    ],
)
def test_sentences_about_the_same_subjects_are_not_boilerplate(line: str) -> None:
    assert not is_boilerplate(line)


def test_lines_without_letters_or_digits_are_dropped() -> None:
    assert without_boilerplate(["One.", "***", "—", "٢٠١٥", "…", "Two."]) == ["One.", "٢٠١٥", "Two."]


def test_results_and_prices_are_a_table_and_an_article_with_numbers_is_not() -> None:
    assert is_mostly_table(["Arsenal 2 1", "Chelsea 0 0", *(f"Team {n} {n + 3} 12 4" for n in range(8))])
    assert is_mostly_table([f"الذهب {n}٫٥ ٣٢٠٠" for n in range(9)])  # gold
    prose = [f"On day {n} of the strike the union counted {n * 100} workers at the gates." for n in range(10)]
    assert not is_mostly_table(prose)
    assert not is_mostly_table(["1 2 3"] * 7)
