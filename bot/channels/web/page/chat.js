/* The chat page. Keeps nothing: no storage, no cookie, no history entry. What was said lives in the
   page alone and goes with it. */
"use strict";
(function () {
  var talk = document.getElementById("talk");
  var box = document.getElementById("box");
  var note = document.getElementById("note");
  var person = newKey();
  var queue = Promise.resolve();
  var WAIT = 20000;

  function newKey() {
    var bytes = new Uint8Array(16);
    crypto.getRandomValues(bytes);
    return Array.prototype.map.call(bytes, function (b) { return ("0" + b.toString(16)).slice(-2); }).join("");
  }

  function element(tag, cls, text) {
    var made = document.createElement(tag);
    if (cls) made.className = cls;
    /* A number to call is not cut in two at the end of a line. */
    if (text) made.textContent = text.replace(/(\d) (?=\d)/g, "$1\u00a0");
    return made;
  }

  function add(node) {
    talk.appendChild(node);
    node.scrollIntoView({ block: "nearest" });
    return node;
  }

  /* One message after the other, in the order they were sent; a lost answer is asked for once more
     under the same id, so that it is not answered twice. */
  function send(message) {
    message.person = person;
    message.id = newKey();
    var waiting = add(element("p", "say wait", "An Tâm đang viết"));
    queue = queue.then(function () { return post(message, 1); }).then(function (reply) {
      waiting.remove();
      if (message.person === person) show(reply);
    }, function () {
      waiting.remove();
      if (message.person === person) lost(message);
    });
  }

  function post(message, again) {
    var stop = new AbortController();
    var timer = setTimeout(function () { stop.abort(); }, WAIT);
    return fetch("/chat", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer",
      body: JSON.stringify(message), signal: stop.signal
    }).then(function (answer) {
      clearTimeout(timer);
      return answer.json();
    }).catch(function (error) {
      clearTimeout(timer);
      if (again > 0) return post(message, again - 1);
      throw error;
    });
  }

  function lost(message) {
    var turn = element("div", "turn");
    turn.appendChild(element("p", "say",
      "Mất kết nối nên mình chưa trả lời được. Cần gấp, bạn bấm vào số ở đầu trang để gọi."));
    var choices = element("div", "choices");
    var retry = element("button", "", "Gửi lại");
    retry.type = "button";
    retry.onclick = function () { turn.remove(); send(message); };
    choices.appendChild(retry);
    turn.appendChild(choices);
    add(turn);
  }

  function show(reply) {
    if (reply.erases) { erase(); return; }
    if (reply.leaves) { leave(); return; }
    var turn = element("div", reply.danger ? "turn danger" : "turn");
    var places = reply.places || [];
    (reply.reply || []).forEach(function (text, i) {
      turn.appendChild(element("p", reply.basis === i ? "say basis" : "say", text));
      if (reply.danger && i === 0) turn.appendChild(calls(reply.calls));
      places.forEach(function (place, n) {
        if (text.indexOf(n + 1 + ". " + place.name) === 0) turn.appendChild(reach(place, reply));
      });
    });
    if (!reply.danger && reply.calls) {
      turn.appendChild(calls(reply.calls.filter(function (call) { return !named(places, call.number); })));
    }
    turn.appendChild(choices(reply));
    add(turn);
    turn.scrollIntoView({ block: "start" });
  }

  function calls(offered) {
    var row = element("div", "calls");
    offered.forEach(function (call) {
      var link = element("a", "", "Gọi " + call.number);
      link.href = "tel:" + call.dial;
      link.title = call.name;
      link.setAttribute("aria-label", "Gọi " + call.number + ", " + call.name);
      row.appendChild(link);
    });
    return row;
  }

  function named(places, number) {
    return places.some(function (place) { return place.phones.indexOf(number) >= 0; });
  }

  /* How to reach a place: call it, see it on a map. In an alarm the numbers already stand on top. */
  function reach(place, reply) {
    var row = calls(reply.danger ? [] : place.phones.map(function (number) {
      return { name: place.name, number: number, dial: number.replace(/[^\d+]/g, "") };
    }));
    if (!place.point) return row;
    var small = row.appendChild(choice("Xem bản đồ", function () {
      small.remove();
      row.parentNode.insertBefore(map(place), row.nextSibling);
    }));
    return row;
  }

  /* The tiles come from openstreetmap.org: nothing is asked of it before the tap. */
  function map(place) {
    var box = element("div", "map");
    var frame = element("iframe");
    var at = place.point, w = 0.008;
    frame.title = "Bản đồ: " + place.name;
    frame.referrerPolicy = "no-referrer";
    frame.setAttribute("sandbox", "allow-scripts allow-same-origin");
    frame.src = "https://www.openstreetmap.org/export/embed.html?layer=mapnik&bbox=" +
      [at.lon - w, at.lat - w, at.lon + w, at.lat + w].join("%2C") + "&marker=" + at.lat + "%2C" + at.lon;
    var link = element("a", "", "Mở bản đồ lớn");
    link.href = place.map;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    box.appendChild(frame);
    box.appendChild(element("p", "basis", "Bản đồ lấy từ openstreetmap.org, trang đó biết máy này vừa xem khu vực này. "));
    box.lastChild.appendChild(link);
    return box;
  }

  function choices(reply) {
    var row = element("div", "choices");
    if (reply.asks_place && "geolocation" in navigator) {
      row.appendChild(choice("Dùng vị trí của tôi", useLocation));
    }
    (reply.choices || []).forEach(function (offered) {
      var button = row.appendChild(choice(offered.label, function () {
        if (offered.action === "leave") { leave(); return; }
        add(element("p", "mine", offered.label));
        send({ choice: offered.action });
      }));
      if (offered.quiet) { button.className = "quiet"; }
    });
    return row;
  }

  function choice(label, act) {
    var button = element("button", "", label);
    button.type = "button";
    button.onclick = act;
    return button;
  }

  function useLocation() {
    add(element("p", "say", "Máy sẽ hỏi bạn có cho biết vị trí không. Vị trí chỉ dùng cho câu trả lời này rồi bỏ."));
    navigator.geolocation.getCurrentPosition(function (found) {
      add(element("p", "mine", "(vị trí của mình)"));
      send({ point: { lat: found.coords.latitude, lon: found.coords.longitude } });
    }, function () {
      add(element("p", "say", "Mình không lấy được vị trí. Bạn nhắn tên xã, phường cũng được."));
    }, { timeout: 15000, maximumAge: 60000 });
  }

  function forget() {
    try {
      fetch("/chat?person=" + person, {
        method: "DELETE", keepalive: true, credentials: "omit", referrerPolicy: "no-referrer"
      }).catch(function () {});
    } catch (ignored) { /* leaving matters more */ }
  }

  function erase() {
    forget();
    person = newKey();
    queue = Promise.resolve();
    talk.textContent = "";
    box.value = "";
    add(element("p", "say", "Đã xoá: nội dung trên trang này và phần nhớ tạm của cuộc trò chuyện. Mình không còn giữ gì của bạn."));
    box.focus();
  }

  /* Out of sight first, everything else after: the page is empty before the network is asked. */
  function leave() {
    document.body.hidden = true;
    talk.textContent = "";
    box.value = "";
    document.title = "…";
    forget();
    window.location.replace(document.body.dataset.exit);
  }

  function submit() {
    var text = box.value.trim();
    if (!text) return;
    box.value = "";
    grow();
    add(element("p", "mine", text));
    send({ text: text });
  }

  function grow() {
    box.style.height = "auto";
    box.style.height = Math.min(box.scrollHeight + 2, 130) + "px";
  }

  document.getElementById("form").addEventListener("submit", function (event) {
    event.preventDefault();
    submit();
  });
  box.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit();
    }
  });
  box.addEventListener("input", grow);
  document.getElementById("exit").addEventListener("click", leave);
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") leave();
  });
  document.getElementById("erase").addEventListener("click", erase);
  document.getElementById("menu").addEventListener("click", function () { send({ command: "help" }); });
  document.getElementById("ok").addEventListener("click", function () { note.remove(); box.focus(); });
  /* A page brought back by the browser's memory starts empty. */
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) window.location.reload();
  });
  window.addEventListener("pagehide", function () { box.value = ""; });

  box.value = "";
  send({ command: "start" });
})();
