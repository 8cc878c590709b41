"use strict";
// The desk's script: it presses what is on the page, by keys, and puts the next page in the place of this one without a
// load. Everything works without it.
(() => {
	const $ = (s, r = document) => r.querySelector(s), all = s => [...document.querySelectorAll(s)];
	const live = $("#live");
	let turn = Promise.resolve(), doing = null, prefix = false, active = Date.now(), renewed = 0;

	// say tells those who listen instead of look.
	const say = text => { live.textContent = ""; setTimeout(() => { live.textContent = text; }, 60); };
	const told = e => e.textContent.trim().replace(/\s+/g, " ");
	const ticked = () => all("[name=sel]:checked, [data-all]:checked");

	// once has one thing done at a time: a second press while the first is under way is no second answer.
	const once = f => { doing ||= f().catch(() => say(live.dataset.lost)).finally(() => { doing = null; }); };

	// show fetches a page and puts it in the place of this one. The old one stays when nothing answers.
	async function show(url, init, push) {
		const r = await fetch(url, init), next = new DOMParser().parseFromString(await r.text(), "text/html");
		if (!$("#live", next) || new URL(r.url).pathname === "/curate/login") return location.assign(r.url);
		const keep = new Set(all("[name=sel]:checked").map(b => b.value));
		for (const part of ["main", "header"]) $(part).replaceWith(document.adoptNode($(part, next)));
		document.title = next.title;
		document.body.dataset.keys = next.body.dataset.keys || "";
		if (r.ok) history[push ? "pushState" : "replaceState"](null, "", r.url);
		for (const b of all("[name=sel]")) b.checked = keep.has(b.value) && !b.closest(".now");
		count();
		const head = $("#h-c") || $("h1");
		head.tabIndex = -1;
		head.focus();
		$(".q .now")?.scrollIntoView({block: "nearest"});
		const news = $("main [role=alert], main [role=status]");
		if (news) say(told(news));
	}

	// count says how many are ticked, and shows what can be done with them.
	function count() {
		const form = $("[data-bulk]");
		if (!form) return;
		const n = all("[name=sel]:checked").length, tally = $("[data-count]", form);
		form.toggleAttribute("data-none", !ticked().length);
		tally.textContent = tally.dataset.count.replace("#", n);
	}

	document.addEventListener("click", e => {
		active = Date.now();
		const a = e.target.closest("[data-swap] a");
		if (!a || e.button || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
		if (a.origin !== location.origin || !a.pathname.startsWith("/curate/")) return;
		e.preventDefault();
		once(() => show(a.href, undefined, true));
	});
	document.addEventListener("submit", e => {
		const f = e.target, b = e.submitter;
		if (!f.closest("[data-swap]") || f.enctype === "multipart/form-data") return;
		e.preventDefault();
		const body = new URLSearchParams(new FormData(f, b)), to = new URL(f.getAttribute("action"), location.href);
		if (f.method === "post") return once(() => show(to, {method: "POST", body}));
		to.search = body;
		once(() => show(to, undefined, true));
	});
	document.addEventListener("change", count);
	window.addEventListener("popstate", () => once(() => show(location.href)));

	// bound reads the keys of whoever signed in: command by key, and addresses by letter after g.
	function bound() {
		const keys = {}, jumps = {};
		for (const one of (document.body.dataset.keys || "").split(" ").filter(Boolean)) {
			const at = one.indexOf("=", 1), name = one.slice(0, at), key = one.slice(at + 1);
			if (name.startsWith("go:")) jumps[name.slice(3)] = key; else keys[key] = name;
		}
		return {keys, jumps};
	}

	const typing = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";
	document.addEventListener("keydown", e => {
		active = Date.now();
		if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || e.keyCode === 229 || e.defaultPrevented) return;
		const on = e.target.closest ? e.target : document.body, {keys, jumps} = bound();
		if (on.closest(typing)) return;
		if (e.key === "Escape") {
			const menu = $("details.menu[open]");
			if (menu) { menu.open = false; $("summary", menu).focus(); }
			return;
		}
		if (e.key === "Enter" && on.closest("a, button, summary, input")) return;
		const key = e.key === "Enter" ? Object.keys(keys).find(k => keys[k] === "open") : e.key;
		if (!keys[key] && !(prefix && jumps[key]) && !(/^[1-9]$/.test(key) && Object.keys(keys).length)) return;
		e.preventDefault();
		if (e.repeat && !["next", "previous"].includes(keys[key])) return;
		turn = turn.then(() => press(key, keys, jumps)).catch(() => {});
	});

	// press does what a key says, when all that was pressed before it is done.
	function press(key, keys, jumps) {
		const after = prefix, menu = $("details.menu[open]");
		prefix = false;
		if (after && jumps[key]) once(() => show(jumps[key], undefined, true));
		else if (/^[1-9]$/.test(key)) (menu && $(`[data-digit="${key}"]`, menu) || find("pillar-" + key))?.click();
		else command(keys[key]);
		return doing;
	}

	// find returns what a command presses: what is ticked goes before what is open.
	function find(name) {
		return ticked().length && $(`[data-bulk-act="${name}"]`) || $(`main [data-act~="${name}"]`);
	}

	function command(name) {
		const lines = all("a[data-line]"), at = lines.findIndex(a => a.hasAttribute("aria-current"));
		switch (name) {
		case "next": return (lines[at + 1] || $(".pages [rel=next]"))?.click();
		case "previous": return (lines[at - 1] || $(".pages [rel=prev]"))?.click();
		case "select": return $(".q .now [name=sel]")?.click();
		case "go": prefix = true; return;
		}
		const e = find(name);
		if (!e) return;
		if (name === "original") return void open(e.href, "_blank", "noopener");
		if (e.tagName !== "SUMMARY") return e.click();
		e.parentNode.open = true;
		$("input:not([type=hidden]), button", e.parentNode).focus();
	}

	// Who is at work on what: asked while somebody is here. A claim is renewed while its holder works.
	const claim = subject => {
		renewed = Date.now();
		return fetch("/curate/claims", {method: "POST", redirect: "manual", body: new URLSearchParams({subject})});
	};
	document.addEventListener("input", e => {
		active = Date.now();
		const at = e.target.closest("form.edit") && e.target.closest("[data-work]");
		if (at && Date.now() - renewed > 60000) claim(at.dataset.work).catch(() => {});
	});
	async function poll() {
		if (document.hidden || Date.now() - active > 600000 || !$("[data-claim]")) return;
		const r = await fetch("/curate/claims");
		if (!r.ok || r.redirected) return;
		const held = new Map((await r.json()).claims.map(c => [c.subject, c]));
		for (const e of all("[data-who]")) {
			const c = held.get(e.dataset.who);
			e.hidden = !c;
			e.textContent = c ? c.by : "";
		}
		for (const e of all("[data-claim]")) {
			const c = held.get(e.dataset.claim), text = c ? c.text : "";
			if (e.textContent !== text) {
				e.textContent = text;
				if (c && !c.mine) say(text);
			}
			if (c && c.mine && Date.now() - active < 60000 && Date.now() - renewed > 60000) await claim(c.subject);
		}
	}
	const watch = () => setTimeout(() => poll().catch(() => {}).finally(watch), 1500);
	watch();
	count();
})();
