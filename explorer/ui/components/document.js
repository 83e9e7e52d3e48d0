// The language of the page, for screen readers, hyphenation and the choice of Chinese glyphs.
// data: {language: string}
export default function ({ data }) {
  document.documentElement.lang = data.language;
}
