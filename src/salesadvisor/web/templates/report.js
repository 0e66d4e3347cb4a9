"use strict";
(function () {
  var figures = JSON.parse(document.getElementById("figures").textContent);
  var config = { displayModeBar: false, responsive: true, displaylogo: false, doubleClick: false };
  Object.keys(figures).forEach(function (id) {
    var place = document.getElementById(id);
    if (place) { Plotly.newPlot(place, figures[id].data, figures[id].layout, config); }
  });
  var closed = [];
  window.addEventListener("beforeprint", function () {
    closed = Array.prototype.slice.call(document.querySelectorAll("details.rep:not([open])"));
    closed.forEach(function (one) { one.open = true; });
  });
  window.addEventListener("afterprint", function () {
    closed.forEach(function (one) { one.open = false; });
  });
})();
