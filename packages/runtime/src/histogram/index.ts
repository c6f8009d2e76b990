/** Histograms as rows and as text. */
export { type HistogramKind, type HistogramOptions, type HistogramRow, histogramRows, histogramText } from "./histogram.ts";
