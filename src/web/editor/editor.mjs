// The editor of the mapping page: CodeMirror in a shadow root, where its styles are adopted sheets, which the page's policy allows.
// The page gives text and findings, and hears of edits; what the findings are is the server's.
import { autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { HighlightStyle, StreamLanguage, bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { yaml } from "@codemirror/legacy-modes/mode/yaml";
import { lintGutter, lintKeymap, nextDiagnostic, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

// Colours are the page's custom properties, which cross into the shadow root, so that both themes hold here.
const theme = EditorView.theme({
  "&": { color: "var(--text)", backgroundColor: "var(--ground)", height: "100%", fontSize: "0.875rem" },
  "&.cm-focused": { outline: "2px solid var(--focus)" },
  ".cm-content, .cm-gutters": { fontFamily: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" },
  ".cm-content": { caretColor: "var(--text)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": { color: "var(--soft)", backgroundColor: "var(--ground)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--raised)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--line)" },
  ".cm-tooltip": { color: "var(--text)", backgroundColor: "var(--ground)", border: "1px solid var(--line)" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { color: "var(--text)", backgroundColor: "var(--line)" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--bad)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--warn)" },
  ".cm-diagnostic-info": { borderLeftColor: "var(--link)" },
  ".cm-diagnosticAction": { color: "var(--ground)", backgroundColor: "var(--text)" },
  // The library draws these marks with images from data addresses, which the policy refuses.
  ".cm-lintRange-error, .cm-lintRange-warning, .cm-lintRange-info": { backgroundImage: "none", textDecorationLine: "underline", textDecorationStyle: "wavy" },
  ".cm-lintRange-error": { textDecorationColor: "var(--bad)" },
  ".cm-lintRange-warning": { textDecorationColor: "var(--warn)" },
  ".cm-lintRange-info": { textDecorationColor: "var(--link)" },
  ".cm-lint-marker": { width: "0.8em", height: "0.8em", content: "none", borderRadius: "50%" },
  ".cm-lint-marker-error": { backgroundColor: "var(--bad)", borderRadius: "0" },
  ".cm-lint-marker-warning": { backgroundColor: "var(--warn)" },
  ".cm-lint-marker-info": { backgroundColor: "var(--link)" },
});

const colours = HighlightStyle.define([
  { tag: [tags.atom, tags.keyword], color: "var(--link)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--good)" },
  { tag: [tags.number, tags.bool], color: "var(--held)" },
  { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
]);

const SEVERITIES = { error: "error", warning: "warning", note: "info" };

/**
 * Puts an editor into `host`. `complete(line, column, before)` answers completions as `{from, options: [{label, detail, info}]}`.
 *
 * @param {HTMLElement} host
 * @param {{text: string, label: string, changed: (text: string) => void, complete?: (text: string, position: number) => object | null}} options
 */
export function openEditor(host, { text, label, changed, complete }) {
  const root = host.attachShadow({ mode: "open" });
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        highlightActiveLine(),
        lintGutter(),
        indentUnit.of("  "),
        EditorState.tabSize.of(2),
        StreamLanguage.define(yaml),
        syntaxHighlighting(colours),
        autocompletion({
          override: complete ? [(context) => complete(context.state.doc.toString(), context.pos)] : [],
        }),
        // Escape and then Tab leaves the editor, as the library's keys have it.
        keymap.of([...completionKeymap, ...lintKeymap, ...historyKeymap, ...defaultKeymap, indentWithTab]),
        EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", tabindex: "0" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) changed(update.state.doc.toString());
        }),
        theme,
      ],
    }),
  });

  /** Position of a line and a column, both from 1, columns in characters. */
  const position = (line, column) => {
    const at = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
    const before = Array.from(at.text).slice(0, column - 1).join("");
    return Math.min(at.from + before.length, at.to);
  };

  return {
    text: () => view.state.doc.toString(),
    setText: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    focus: () => view.focus(),
    next: () => nextDiagnostic(view),
    /** Selects a part and scrolls to it. */
    select: (line, column, width) => {
      const from = position(line, column);
      view.dispatch({ selection: { anchor: from, head: position(line, column + width) }, scrollIntoView: true });
      view.focus();
    },
    /** Marks findings `{line, column, width, severity, message, fix?: {name, text}}`. A fix replaces the whole text. */
    mark: (findings) => {
      const diagnostics = findings.map((finding) => {
        const from = position(finding.line, finding.column);
        const to = Math.max(from, position(finding.line, finding.column + Math.max(finding.width, 1)));
        const actions = finding.fix
          ? [{ name: finding.fix.name, apply: () => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: finding.fix.text } }) }]
          : [];
        return { from, to, severity: SEVERITIES[finding.severity] ?? "info", message: finding.message, actions };
      });
      diagnostics.sort((one, other) => one.from - other.from);
      view.dispatch(setDiagnostics(view.state, diagnostics));
    },
  };
}
